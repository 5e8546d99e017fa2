/** Slows the guessing of passwords: after some wrong ones a name is not even checked for a while, from that address. */
import type { Clock } from '../../protocol/clock.ts';

/** So many may be wrong before it costs time; a lamp whose one-time password ran out needs one or two. */
const free = 5;
const longestMs = 10_000;
const forgetMs = 60_000;
const kept = 4_096;

export interface LoginThrottle {
  /** Whether a password for this name may be tried from this address now. */
  mayTry(address: string, username: string): boolean;
  failed(address: string, username: string): void;
  succeeded(address: string, username: string): void;
}

export function createLoginThrottle(clock: Clock): LoginThrottle {
  const tries = new Map<string, { wrong: number; at: number }>();
  const keyOf = (address: string, username: string) => `${address} ${username.slice(0, 64)}`;

  function fresh(key: string): { wrong: number; at: number } | undefined {
    const entry = tries.get(key);
    if (entry && clock.monotonic() - entry.at > forgetMs) tries.delete(key);
    return tries.get(key);
  }

  function count(key: string): number {
    const wrong = (fresh(key)?.wrong ?? 0) + 1;
    tries.delete(key);
    tries.set(key, { wrong, at: clock.monotonic() });
    if (tries.size > kept) tries.delete(tries.keys().next().value!);
    return wrong;
  }

  /** 1, 2, 4, 8 and then 10 s. */
  const waitAfter = (wrong: number) => (wrong < free ? 0 : Math.min(longestMs, 1000 * 2 ** (wrong - free)));

  /** Names cost nothing to make up, so an address as a whole is slowed, too, though later. */
  const entriesFor = (address: string, username: string) =>
    [
      [keyOf(address, username), 0],
      [keyOf(address, ''), 10 * free],
    ] as const;

  return {
    mayTry: (address, username) =>
      entriesFor(address, username).every(([key, spare]) => {
        const entry = fresh(key);
        return !entry || clock.monotonic() - entry.at >= waitAfter(entry.wrong - spare);
      }),
    failed(address, username) {
      // One client that goes on with a wrong password is slowed by its name; others at its address are not to suffer.
      if (count(keyOf(address, username)) <= free) count(keyOf(address, ''));
    },
    succeeded: (address, username) => void tries.delete(keyOf(address, username)),
  };
}
