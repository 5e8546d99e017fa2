/** One lamp's update over the air: chunks, each answered, then the lamp's own word that the new app works. */
import { findBoard } from '../../protocol/boards.ts';
import { chunksOf, isOlder, type OutcomeResult, updateTrialMs } from '../../protocol/lamp-admin.ts';
import { type Conversation, type LampDesk, LampError } from './lamp-desk.ts';

/** An app and its version. */
export interface App {
  version: string;
  text: string;
  crc: number;
}

/** From the last chunk to the restart, and the dial after it, in ms. */
const restartMs = 30_000;
/** Answers that asked for another offset, in one update. */
const mostStumbles = 20;
/** Answers in a row that did not come: a lamp that has dialled anew takes nothing before the next hello. */
const mostSilences = 2;

export type UpdateEvent =
  | { state: 'sending'; sent: number; from: string }
  | { state: 'proving' }
  | { state: 'skipped'; error: string };

/**
 * Resolves when the lamp has proven the new app, or was left alone (told by `onEvent`).
 * @throws LampError when it refuses, falls silent or goes back to the old app
 */
export async function updateLamp(options: {
  desk: LampDesk;
  light: string;
  app: App;
  /** Takes an older version, the same one, and a board that is not known. */
  force: boolean;
  onEvent: (event: UpdateEvent) => void;
}): Promise<void> {
  const { desk, light, app, force, onEvent } = options;
  const proof = await desk.talk(light, async (lamp) => {
    const reason = force ? undefined : whyNot(lamp, app);
    if (reason !== undefined) {
      onEvent({ state: 'skipped', error: reason });
      return undefined;
    }
    await send(lamp, app, force, (sent) => onEvent({ state: 'sending', sent, from: lamp.hello.fw }));
    // The lamp restarts a moment after its answer: that may be lost, and its word overtake what is awaited here.
    const outcome = provenUpdate(desk, light);
    const answer = await lamp.say('update', (n) => ({ n, end: true })).catch(() => undefined);
    if (answer?.error !== undefined) {
      throw new LampError(`Lamp ${light} refused the new app: ${answer.error}.`, true);
    }
    if (answer) onEvent({ state: 'proving' });
    return { outcome };
  });
  if (proof) await expectKept(desk, light, app.version, proof.outcome);
}

/** What the lamp says of its new app once it runs; nothing when it says nothing in time. */
export const provenUpdate = (desk: LampDesk, light: string) =>
  desk.outcome(light, 'update', updateTrialMs + restartMs);

/**
 * Waits for the lamp's word on its new app. One that was lost on its way is no failure: then the lamp is asked.
 * @throws LampError when the lamp does not run `version` for good
 */
export async function expectKept(
  desk: LampDesk,
  light: string,
  version: string,
  word: Promise<OutcomeResult | undefined>,
): Promise<void> {
  const outcome = await word;
  if (!outcome) {
    const runs = await desk.talk(light, async ({ hello }) => hello.fw).catch(() => undefined);
    if (runs === version) return;
    throw new LampError(`Lamp ${light} has not reported version ${version} within two minutes.`, false);
  }
  if ('undone' in outcome) {
    const reason = outcome.error ? ` (${outcome.error})` : '';
    throw new LampError(`Lamp ${light} went back to version ${outcome.fw}${reason}.`, true);
  }
  if (outcome.fw !== version) {
    throw new LampError(`Lamp ${light} reports version ${outcome.fw} instead of ${version}.`, true);
  }
}

function whyNot({ hello }: Conversation, { version }: App): string | undefined {
  if (hello.fw === version) return `It has version ${version} already.`;
  if (isOlder(version, hello.fw)) return `It has version ${hello.fw}, which is newer than ${version}.`;
  if (!findBoard(hello.board)) return `Its board is ${hello.board}, for which there is no firmware.`;
  return undefined;
}

async function send(
  lamp: Conversation,
  app: App,
  force: boolean,
  onSent: (bytes: number) => void,
): Promise<void> {
  const { version, text, crc } = app;
  const { board } = lamp.hello;
  const begun = await lamp.say('update', (n) => ({
    n,
    begin: { version, size: text.length, crc, board, ...(force ? { force } : {}) },
  }));
  if (begun.error !== undefined) throw new LampError(`The lamp refused the update: ${begun.error}.`, true);
  const chunks = chunksOf(text);
  let next = chunks.findIndex(({ at }) => at === (begun.at ?? 0));
  let stumbles = 0;
  let silences = 0;
  onSent(chunks[next]?.at ?? 0);
  while (next >= 0 && next < chunks.length) {
    const chunk = chunks[next]!;
    const answer = await lamp
      .say('update', (n) => ({ n, ...chunk }))
      .catch((error: unknown) => {
        if (++silences === mostSilences) throw error;
        return undefined;
      });
    if (answer) silences = 0;
    // The lamp knows best where it is: an answer can be lost after the chunk was taken.
    const at = answer?.at ?? chunk.at;
    if (at === text.length) break;
    const following = chunks.findIndex((one) => one.at === at);
    const moved = following === next + 1;
    if (following < 0 || (!moved && answer && ++stumbles > mostStumbles)) {
      throw new LampError(`The lamp refused the update: ${answer?.error ?? `it asks for byte ${at}`}.`, true);
    }
    next = following;
    onSent(at);
  }
  onSent(text.length);
}
