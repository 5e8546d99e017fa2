import type { Clock } from '../../protocol/clock.ts';
import type { Directory, User } from './directory.ts';
import type { PresenceBoard } from './presence.ts';

/** A day at the office, in short: who does what next. Alice is left to the visitor. */
const moments: readonly [upn: string, availability: string, activity: string, outOfOffice?: boolean][] = [
  ['bob@contoso.com', 'Available', 'Available'],
  ['carol@contoso.com', 'Busy', 'InAMeeting'],
  ['bob@contoso.com', 'Busy', 'InACall'],
  ['carol@contoso.com', 'Available', 'Available'],
  ['bob@contoso.com', 'Available', 'Available'],
  ['carol@contoso.com', 'DoNotDisturb', 'Presenting'],
  ['bob@contoso.com', 'Away', 'Away'],
  ['carol@contoso.com', 'BeRightBack', 'BeRightBack'],
  ['bob@contoso.com', 'Busy', 'Busy'],
  ['carol@contoso.com', 'Busy', 'InACall'],
  ['bob@contoso.com', 'DoNotDisturb', 'DoNotDisturb'],
  ['carol@contoso.com', 'Available', 'OutOfOffice', true],
  ['bob@contoso.com', 'Offline', 'OffWork'],
  ['carol@contoso.com', 'Available', 'Available', false],
];

const firstMs = 15_000;
const shortestMs = 20_000;
const longestMs = 40_000;

export interface Day {
  start(): void;
  stop(): void;
  /** The user is in somebody's hands now and leaves the script for good. */
  release(user: User): void;
}

/** Plays the day over and over: the first change after 15 s, then one each 20 to 40 s. */
export function createDay(
  clock: Clock,
  random: () => number,
  directory: Directory,
  board: PresenceBoard,
): Day {
  const released = new Set<string>();
  let next = 0;
  let cancel = (): void => {};

  function play(): void {
    // Skips those who left; after a whole round without anybody the day is over.
    for (let skipped = 0; skipped < moments.length; skipped++) {
      const [upn, availability, activity, outOfOffice] = moments[next++ % moments.length]!;
      const user = directory.user(upn);
      if (!user || released.has(user.id)) continue;
      board.set(user.id, { availability, activity, ...(outOfOffice === undefined ? {} : { outOfOffice }) });
      cancel = clock.after(shortestMs + random() * (longestMs - shortestMs), play);
      return;
    }
  }

  return {
    start() {
      cancel = clock.after(firstMs, play);
    },
    stop: () => cancel(),
    release: (user) => void released.add(user.id),
  };
}
