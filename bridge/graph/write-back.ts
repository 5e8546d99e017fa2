/**
 * What somebody set by hand, written to Teams: preferred presence, and a status message with the same end (Microsoft
 * Learn, "presence: setUserPreferredPresence" and "presence: setStatusMessage"). A user's sign-in may write that user
 * only; an application with Presence.ReadWrite.All, everybody. The message is kept nowhere and logged nowhere.
 */
import { type Clock, sleep } from '../../protocol/clock.ts';
import type { Status } from '../../protocol/status.ts';
import { type Log, reasonOf } from '../log.ts';
import type { ReadWords } from '../presence/board.ts';
import { failureOf, type Graph } from './client.ts';

const firstRetryMs = 5_000;
const longestRetryMs = 60_000;

/** Status -> the pair that Graph takes as preferred; what cannot be preferred is not written. */
const pairs: Partial<Record<Status, readonly [availability: string, activity: string]>> = {
  available: ['Available', 'Available'],
  busy: ['Busy', 'Busy'],
  meeting: ['Busy', 'Busy'],
  call: ['Busy', 'Busy'],
  dnd: ['DoNotDisturb', 'DoNotDisturb'],
  presenting: ['DoNotDisturb', 'DoNotDisturb'],
  focusing: ['DoNotDisturb', 'DoNotDisturb'],
  brb: ['BeRightBack', 'BeRightBack'],
  away: ['Away', 'Away'],
  offline: ['Offline', 'OffWork'],
};

export interface WriteBack {
  /** Whether this person's presence can be written now. */
  may(person: string): boolean;
  /** Writes soon, and again until it is done or `forMs` has passed. */
  set(person: string, status: Status, forMs: number, message?: string): void;
  clear(person: string): void;
  /** A reading of a person; one that says what was written is our own echo. */
  heard(person: string, words: ReadWords): void;
  stop(): void;
}

interface Written {
  /** Nothing when the status has no pair. */
  pair: readonly [availability: string, activity: string] | undefined;
  /** Monotonic ms. */
  until: number;
  hasMessage: boolean;
  /** Graph has told us what we wrote: what it tells next is somebody's doing. */
  echoed: boolean;
  /** Ends its tries. */
  given: AbortController;
}

export function createWriteBack(options: {
  clock: Clock;
  log: Log;
  /** The client that may write this person, and the object id; nothing when none may. */
  writerOf: (person: string) => { graph: Graph; objectId: string } | undefined;
  /** In Teams somebody chose something else than was written, later: that stands now. */
  onOutdone: (person: string) => void;
  /** What was written has ended, so what was read is not true any more. */
  onEnded: (person: string) => void;
}): WriteBack {
  const { clock, log, writerOf, onOutdone, onEnded } = options;
  const standing = new Map<string, Written>();
  const cancels = new Map<string, () => void>();

  function forget(person: string): Written | undefined {
    const before = standing.get(person);
    before?.given.abort();
    standing.delete(person);
    cancels.get(person)?.();
    cancels.delete(person);
    return before;
  }

  /** Sends the calls one after the other, each until Graph takes it. */
  async function send(
    person: string,
    calls: [path: string, body: () => object][],
    until: number,
    given: AbortSignal,
  ) {
    for (const [path, body] of calls) {
      for (let failures = 0; !given.aborted && clock.monotonic() < until; failures++) {
        const done = await attempt(person, path, body(), failures);
        if (done === true) break;
        if (done === false) return;
        await sleep(clock, done, given);
      }
    }
  }

  /** True when it is done, false when it never will be, else the ms to wait. */
  async function attempt(
    person: string,
    path: string,
    body: object,
    failures: number,
  ): Promise<boolean | number> {
    const writer = writerOf(person);
    if (!writer) {
      log.warn(`Teams cannot be told of person ${person}: nobody who may is signed in.`);
      return false;
    }
    try {
      await writer.graph.post(`/users/${writer.objectId}/presence/${path}`, body);
      return true;
    } catch (error) {
      const { status, retryAfter = 0 } = failureOf(error);
      if (failures === 0) {
        const mend = status === 403 ? ': grant the application Presence.ReadWrite, and sign in again' : '';
        log.warn(`Teams could not be told of person ${person} (${status || reasonOf(error)})${mend}.`);
      }
      // What Graph refuses for good is not tried again.
      if (status >= 400 && status < 500 && status !== 429 && status !== 401) return false;
      return Math.max(retryAfter * 1000, Math.min(longestRetryMs, firstRetryMs * 2 ** failures));
    }
  }

  return {
    may: (person) => writerOf(person) !== undefined,
    set(person, status, forMs, message) {
      const before = forget(person);
      const pair = pairs[status];
      const until = clock.monotonic() + forMs;
      const end = clock.now() + forMs;
      const given = new AbortController();
      const hasMessage = message !== undefined;
      standing.set(person, { pair, until, hasMessage, echoed: false, given });
      cancels.set(
        person,
        clock.after(forMs, () => {
          forget(person);
          onEnded(person);
        }),
      );
      const left = () => `PT${Math.max(1, Math.round((until - clock.monotonic()) / 1000))}S`;
      const preferred = (): object => ({
        availability: pair![0],
        activity: pair![1],
        expirationDuration: left(),
      });
      const calls: [string, () => object][] = [
        pair ? ['setUserPreferredPresence', preferred] : ['clearUserPreferredPresence', () => ({})],
      ];
      if (hasMessage || before?.hasMessage)
        calls.push(['setStatusMessage', () => statusMessage(message ?? '', end)]);
      void send(person, calls, until, given.signal);
    },
    clear(person) {
      const before = forget(person);
      const given = new AbortController();
      // As long as it would stand there otherwise.
      const until = Math.max(before?.until ?? 0, clock.monotonic() + longestRetryMs);
      const hasMessage = before?.hasMessage ?? false;
      // Stands like what it takes back, so that whatever is set next ends its tries.
      standing.set(person, { pair: undefined, until, hasMessage, echoed: false, given });
      const calls: [string, () => object][] = [['clearUserPreferredPresence', () => ({})]];
      if (hasMessage) calls.push(['setStatusMessage', () => statusMessage('', clock.now())]);
      void send(person, calls, until, given.signal).then(() => {
        if (given.signal.aborted) return;
        forget(person);
        onEnded(person);
      });
    },
    heard(person, { availability, activity }) {
      const written = standing.get(person);
      if (!written?.pair) return;
      const said = `${availability}/${activity}`.toLowerCase();
      const isEcho = said === written.pair.join('/').toLowerCase();
      if (isEcho) written.echoed = true;
      else if (written.echoed) {
        forget(person);
        onOutdone(person);
      }
    },
    stop() {
      for (const person of [...standing.keys()]) forget(person);
    },
  };
}

/** With an end, unless it takes the message away; Graph wants the stamp without an offset. */
function statusMessage(content: string, end: number): object {
  const expiryDateTime = { dateTime: new Date(end).toISOString().replace('Z', ''), timeZone: 'UTC' };
  return {
    statusMessage: {
      message: { content, contentType: 'text' },
      ...(content === '' ? {} : { expiryDateTime }),
    },
  };
}
