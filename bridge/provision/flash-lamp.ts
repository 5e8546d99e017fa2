/** Flashes one lamp of the configuration: Doorlight's firmware, the lamp's settings, a key of its own. */
import { randomBytes } from 'node:crypto';
import { findBoard } from '../../protocol/boards.ts';
import type { Clock } from '../../protocol/clock.ts';
import { lampFiles } from '../../protocol/lamp-admin.ts';
import type { EspruinoLightConfig, MqttConfig } from '../config/schema.ts';
import { type FlashStep, flashBoard, type OpenPort } from './flash.ts';
import { FlashError } from './flash-error.ts';
import type { Board } from './identify.ts';
import { type LampPlace, lampLeds, lampSettings, pinFaults } from './lamp-settings.ts';

/** The built firmware, as text. */
export interface LampFirmware {
  version: string;
  app: string;
  loader: string;
  setup: string;
}

export interface FlashedLamp {
  board: Board;
  /** The network that the lamp opens when it finds no other. */
  setup: { ssid: string; password: string };
}

/** From its restart to its log-in a lamp takes about 10 s; a Wi-Fi with many networks around takes longer. */
export const onlineMs = 90_000;
/** How long somebody may take to give the lamp a Wi-Fi in its set-up network. */
export const setupWaitMs = 300_000;
/** Where the lamp's form is in its set-up network: the address that an ESP32 has in its own. */
export const setupUrl = 'http://192.168.4.1';

/** @throws FlashError in words for the user; the same call makes good what was broken off */
export async function flashLamp(options: {
  light: EspruinoLightConfig;
  mqtt: MqttConfig;
  place: LampPlace;
  path: string;
  open: OpenPort;
  clock: Clock;
  /** Takes a board, a version or a pin that is not known to work. */
  force: boolean;
  firmware: LampFirmware;
  /** Makes the lamp's new key; the one before is void. */
  mintKey: () => Promise<string>;
  onStep: (step: FlashStep) => void;
}): Promise<FlashedLamp> {
  const { light, firmware, force } = options;
  const setupPassword = randomBytes(6).toString('hex');
  const board = await flashBoard({
    ...options,
    files: [file(lampFiles.app('a'), firmware.app), file(lampFiles.setup, firmware.setup)],
    stale: [lampFiles.trial],
    async settings(found) {
      const known = findBoard(found.board);
      const faults =
        known && !force ? pinFaults({ leds: lampLeds(light.leds), button: light.button }, known) : [];
      if (faults.length > 0) throw new FlashError('espruino', `Light ${light.id}: ${faults.join('; ')}.`);
      const key = await options.mintKey();
      const settings = lampSettings(light, options.mqtt, options.place, { key, setupPassword });
      return file(lampFiles.settings, JSON.stringify(settings));
    },
    starters: [file(lampFiles.boot, 'a'), file(lampFiles.loader, firmware.loader)],
  });
  return { board, setup: { ssid: `Doorlight-${light.id}`, password: setupPassword } };
}

const file = (name: string, text: string) => ({ name, bytes: Buffer.from(text) });
