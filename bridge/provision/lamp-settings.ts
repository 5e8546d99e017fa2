/** What a lamp is told about itself: the configuration's part of its file `settings`. */
import {
  type LampLeds,
  type LampNetwork,
  type LampSettings,
  settingsVersion,
} from '../../protocol/lamp-admin.ts';
import type { EspruinoLightConfig, MqttConfig } from '../config/schema.ts';

/** What the configuration does not know and the person at the cable does. */
export interface LampPlace {
  networks: LampNetwork[];
  /** Where the bridge is; nothing: the lamp asks by broadcast. */
  bridge?: string;
  /** A plain account on a user's own broker. */
  account?: { username: string; password: string };
}

export function lampSettings(
  light: EspruinoLightConfig,
  mqtt: MqttConfig,
  place: LampPlace,
  secrets: { key: string; setupPassword: string },
): LampSettings {
  return {
    v: settingsVersion,
    id: light.id,
    key: secrets.key,
    networks: place.networks,
    ...(place.bridge === undefined ? {} : { bridge: place.bridge }),
    probePort: mqtt.listen.probePort,
    baseTopic: mqtt.baseTopic,
    ...place.account,
    leds: lampLeds(light.leds),
    ...(light.button ? { button: light.button } : {}),
    setup: { password: secrets.setupPassword },
  };
}

/** The pins that a strip and the onboard LED of an ESP32 DevKit have when the configuration names none. */
const stripPin = 13;
const onboardPin = 2;

export function lampLeds(leds: EspruinoLightConfig['leds']): LampLeds {
  const { type, gamma, active } = leds;
  const pins = leds.pins as [number, number, number] | undefined;
  if (type === 'onboard') return { type, pin: leds.pin ?? onboardPin, active };
  if (type === 'traffic') return { type, pins: pins!, active };
  if (type === 'rgb') return { type, pins: pins!, common: leds.common, gamma };
  const { count, order, maxMilliamps } = leds;
  return { type, pin: leds.pin ?? stripPin, count, order, maxMilliamps, gamma };
}

/** The pins that a board does not have for what they are wanted, in words; empty when all fit. */
export function pinFaults(
  { leds, button }: { leds?: LampLeds | null | undefined; button?: { pin: number } | null | undefined },
  board: {
    title: string;
    pins: readonly number[];
    pwmPins: readonly number[];
    buttonPins: readonly number[];
  },
): string[] {
  const wanted = !leds ? [] : 'pins' in leds ? leds.pins : [leds.pin];
  // All but a strip are dimmed by PWM.
  const usable = leds?.type === 'ws2812' ? board.pins : board.pwmPins;
  const faults = wanted
    .filter((pin) => !usable.includes(pin))
    .map((pin) => `pin ${pin} cannot drive LEDs on an ${board.title}: choose one of ${usable.join(', ')}`);
  if (button && ![...board.buttonPins, ...board.pins].includes(button.pin)) {
    faults.push(
      `pin ${button.pin} cannot read a button on an ${board.title}: choose one of ${board.buttonPins.join(', ')}`,
    );
  }
  return faults;
}
