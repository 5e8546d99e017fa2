import { expect, it } from 'vitest';
import { createBoard } from '../../bridge/presence/board.ts';
import { sayFreshness } from '../../bridge/rooms/freshness.ts';
import { createFakeClock } from '../fake-clock.ts';

const ids = Array.from({ length: 650 }, (_, index) => `person-${index}`);

function setUp() {
  const clock = createFakeClock();
  const board = createBoard({ clock, people: ids, staleAfterMs: 120_000 });
  const lines: string[] = [];
  const keep = (line: string) => void lines.push(line);
  const log = { debug: keep, info: keep, warn: keep, error: keep };
  const stop = sayFreshness({ board, clock, log, why: () => 'Graph answered 503' });
  const read = (people = ids) => {
    const words = { availability: 'Busy', activity: 'Busy', outOfOffice: false };
    for (const person of people) board.confirm({ person, words, source: 'poll', asOf: clock.monotonic() });
  };
  return { clock, board, lines, read, stop };
}

it('says once that all became unknown and why, and once that they are fresh again', async () => {
  const { clock, lines, read } = setUp();
  await clock.advance(60_000);
  read();
  await clock.advance(119_000);
  expect(lines).toEqual([]);
  await clock.advance(3_600_000);
  const gone =
    '650 people became unknown: Graph answered 503. Until they are read again, their lights say so.';
  expect(lines).toEqual([gone]);
  read();
  await clock.advance(1_000);
  expect(lines).toEqual([gone, '650 people are fresh again.']);
});

it('counts only whom it is about, and says nothing of a stop', async () => {
  const { clock, board, lines, read, stop } = setUp();
  read();
  await clock.advance(60_000);
  read(ids.slice(1));
  await clock.advance(62_000);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/^1 person became unknown: /);
  read();
  await clock.advance(1_000);
  expect(lines.slice(1)).toEqual(['1 person is fresh again.']);
  stop();
  board.forget();
  await clock.advance(10_000);
  expect(lines).toHaveLength(2);
});
