/**
 * `notify:` of the configuration: a signed JSON POST when a person's shared status changes. Each automation has a queue
 * of its own, tried again with growing pauses; what cannot be delivered is counted.
 */
import { createHmac, randomUUID } from 'node:crypto';
import { type Clock, sleep } from '../../protocol/clock.ts';
import type { PersonView } from '../../protocol/payloads.ts';
import type { Status } from '../../protocol/status.ts';
import type { Log } from '../log.ts';

const retryMs = [1_000, 5_000, 30_000, 120_000, 600_000];
const timeoutMs = 10_000;
/** More than this is news of long ago. */
const mostWaiting = 500;

export interface NotifyTarget {
  url: string;
  secret: string;
  /** Of people and groups; empty = everybody. */
  people: readonly string[];
  /** Empty = each status. */
  on: readonly string[];
}

export interface NotifyCounters {
  delivered: number;
  /** Given up: refused, too many tries, or too many waiting. */
  dead: number;
}

export interface Notify {
  saw(person: PersonView): void;
  counters(): NotifyCounters;
  stop(): void;
}

/** `Doorlight-Signature` of a body. @param at seconds since 1970 */
export function signature(secret: string, at: number, body: string): string {
  return `t=${at},v1=${createHmac('sha256', secret).update(`${at}.${body}`).digest('hex')}`;
}

/** An automation is the same one while only its secret changes. */
const keyOf = ({ url, people, on }: NotifyTarget): string => JSON.stringify([url, people, on]);

export function createNotify(options: {
  clock: Clock;
  log: Log;
  targets: () => readonly NotifyTarget[];
  /** The people of a group, or nothing when the id is a person's. */
  membersOf?: (id: string) => readonly string[] | undefined;
  fetch?: typeof fetch;
}): Notify {
  const { clock, log, targets, membersOf = () => undefined, fetch: send = fetch } = options;
  const counters = { delivered: 0, dead: 0 };
  const before = new Map<string, Status>();
  const queues = new Map<string, string[]>();
  const stopping = new AbortController();

  function saw(person: PersonView): void {
    const { id, ...payload } = person;
    const previous = before.get(id);
    before.set(id, person.status);
    if (previous === undefined || previous === person.status) return;
    const isTold = (one: string) => one === id || membersOf(one)?.includes(id);
    const told = targets().filter(
      ({ people, on }) =>
        (people.length === 0 || people.some(isTold)) && (on.length === 0 || on.includes(person.status)),
    );
    if (told.length === 0) return;
    const body = JSON.stringify({ ...payload, person: id, previous, id: randomUUID() });
    for (const target of told) enqueue(keyOf(target), body);
  }

  function enqueue(key: string, body: string): void {
    const queue = queues.get(key);
    if (!queue) {
      queues.set(key, [body]);
      void work(key);
    } else if (queue.length < mostWaiting) queue.push(body);
    else counters.dead++;
  }

  async function work(key: string): Promise<void> {
    const queue = queues.get(key)!;
    for (let body = queue[0]; body !== undefined && !stopping.signal.aborted; body = queue[0]) {
      const reached = await deliver(key, body);
      if (stopping.signal.aborted) return;
      if (reached) counters.delivered++;
      else if (counters.dead++ === 0)
        log.warn('An automation of notify: could not be told; /metrics counts them.');
      queue.shift();
    }
    queues.delete(key);
  }

  async function deliver(key: string, body: string): Promise<boolean> {
    for (const pause of [...retryMs, undefined]) {
      const target = targets().find((one) => keyOf(one) === key);
      // Nobody wants to know any more.
      if (!target) return false;
      const verdict = await post(target, body);
      if (verdict !== 'later') return verdict === 'taken';
      if (pause === undefined || stopping.signal.aborted) return false;
      await sleep(clock, pause, stopping.signal);
    }
    return false;
  }

  async function post({ url, secret }: NotifyTarget, body: string): Promise<'taken' | 'later' | 'never'> {
    const abort = new AbortController();
    const cancel = clock.after(timeoutMs, () => abort.abort());
    const end = () => abort.abort();
    stopping.signal.addEventListener('abort', end);
    try {
      const at = Math.floor(clock.now() / 1000);
      const answer = await send(url, {
        method: 'POST',
        // An address that leads elsewhere is none: what is posted is for whom the configuration names.
        redirect: 'manual',
        headers: { 'content-type': 'application/json', 'doorlight-signature': signature(secret, at, body) },
        body,
        signal: abort.signal,
      });
      await answer.body?.cancel();
      if (answer.ok) return 'taken';
      return answer.status >= 500 || answer.status === 429 || answer.status === 408 ? 'later' : 'never';
    } catch {
      return 'later';
    } finally {
      cancel();
      stopping.signal.removeEventListener('abort', end);
    }
  }

  return { saw, counters: () => ({ ...counters }), stop: () => stopping.abort() };
}
