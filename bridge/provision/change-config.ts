/** New settings for a lamp without a cable: sent sealed, tried by the lamp, and taken back by it if they do not work. */

import { findBoard } from '../../protocol/boards.ts';
import type { Clock } from '../../protocol/clock.ts';
import { type ConfigBody, configTrialMs, longestConfigBytes, sealBlock } from '../../protocol/lamp-admin.ts';
import type { ConfigChange, ConfigOutcome } from '../../protocol/updates.ts';
import { type Log, reasonOf } from '../log.ts';
import { type Conversation, type LampDesk, LampError } from './lamp-desk.ts';
import { pinFaults } from './lamp-settings.ts';

/** From the answer to the restart, the dial after it, and the same once more with the old settings, in ms. */
const restartsMs = 90_000;
const blockBytes = 32;

export interface ConfigChanges {
  /** Has a lamp try new settings; a key is changed as a whole. The sentence says why it cannot be begun. */
  begin(light: string, body: ConfigBody): ConfigChange | string;
  /** The last change of a lamp's settings since the bridge started. */
  find(light: string): ConfigChange | undefined;
}

export function createConfigChanges(options: { desk: LampDesk; clock: Clock; log: Log }): ConfigChanges {
  const { desk, clock, log } = options;
  const changes = new Map<string, ConfigChange>();

  return {
    find: (light) => changes.get(light),
    begin(light, body) {
      if (Buffer.byteLength(JSON.stringify(body)) > longestConfigBytes) {
        return 'That is too much for one message to the lamp: change it in parts.';
      }
      if (changes.get(light)?.state === 'trying')
        return 'The lamp is trying other settings: wait for the outcome.';
      const startedAt = new Date(clock.now()).toISOString();
      const change: ConfigChange = { light, startedAt, state: 'trying', error: null };
      changes.set(light, change);
      void tryConfig(desk, light, body)
        .catch((error: unknown) => ({ state: 'silent' as const, error: reasonOf(error) }))
        .then((outcome) => {
          Object.assign(change, outcome);
          if (outcome.error) log.warn(outcome.error);
        });
      return change;
    },
  };
}

async function tryConfig(
  desk: LampDesk,
  light: string,
  body: ConfigBody,
): Promise<{ state: ConfigOutcome; error: string | null }> {
  try {
    const proof = await desk.talk(light, async (lamp) => {
      // With a pin that its board lacks the lamp would find the bridge, keep that, and stay dark.
      const board = findBoard(lamp.hello.board);
      const faults = board ? pinFaults(body, board) : [];
      if (faults.length > 0) throw new LampError(`Lamp ${light}: ${faults.join('; ')}.`, true);
      const { error } = await lamp.say('config', (n) => ({ n, sealed: seal(lamp, light, n, body) }));
      if (error !== undefined) throw new LampError(`Lamp ${light} refused the settings: ${error}.`, true);
      return { outcome: desk.outcome(light, 'config', configTrialMs + restartsMs) };
    });
    const outcome = await proof.outcome;
    if (!outcome) {
      return {
        state: 'silent',
        error: `Lamp ${light} has not come back, neither with new settings nor old.`,
      };
    }
    if ('kept' in outcome) return { state: 'kept', error: null };
    const reason = outcome.error ?? 'it did not find the bridge within a minute';
    return { state: 'undone', error: `Lamp ${light} went back to its old settings: ${reason}.` };
  } catch (error) {
    if (!(error instanceof LampError)) throw error;
    return { state: error.refused ? 'refused' : 'silent', error: error.message };
  }
}

/** XOR with a stream of HMACs: a Wi-Fi password is nobody's business on the broker. */
function seal({ hello, hmac }: Conversation, light: string, n: number, body: ConfigBody): string {
  const plain = Buffer.from(JSON.stringify(body));
  const stream = Array.from({ length: Math.ceil(plain.length / blockBytes) }, (_, block) =>
    hmac(sealBlock(light, hello.hello, n, block)),
  );
  const key = Buffer.concat(stream);
  return Buffer.from(plain.map((byte, at) => byte ^ key[at]!)).toString('base64');
}
