/** Flashes one lamp of the configuration: Doorlight's firmware, the lamp's settings, a key of its own. */
import { randomBytes } from 'node:crypto';
import { findBoard } from '../../protocol/boards.ts';
import type { Clock } from '../../protocol/clock.ts';
import { lampFiles } from '../../protocol/lamp-admin.ts';
import type { EspruinoLightConfig, MqttConfig } from '../config/schema.ts';
import { type FlashStep, flashBoard, type OpenPort } from './flash.ts';
import { FlashError } from './flash-error.ts';
import type { Board } from './identify.ts';
import { type LampPlace, lampSettings, pinFaults } from './lamp-settings.ts';

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
      const faults = known && !force ? pinFaults(light, known) : [];
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
