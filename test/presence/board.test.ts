import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBoard, type PersonPresence, type Reading } from '../../bridge/presence/board.ts';
import { createShares } from '../../bridge/presence/share.ts';
import { createFakeClock } from '../fake-clock.ts';

const staleAfterMs = 120_000;

function setUp(stored?: Parameters<typeof createBoard>[0]['stored']) {
  const clock = createFakeClock();
  const board = createBoard({ clock, people: ['alice', 'bob'], staleAfterMs, ...(stored ? { stored } : {}) });
  const changes: PersonPresence[] = [];
  board.onChange((person) => changes.push(person));
  const say = (
    availability: string,
    activity = availability,
    more: Partial<Reading> & { sequenceNumber?: string } = {},
  ) => {
    const { sequenceNumber, ...rest } = more;
    board.confirm({
      person: 'alice',
      words: { availability, activity, outOfOffice: false, ...(sequenceNumber ? { sequenceNumber } : {}) },
      source: 'poll',
      asOf: clock.monotonic(),
      ...rest,
    });
  };
  return { clock, board, changes, say };
}

describe('the presence board', () => {
  it('knows nothing before the first reading', () => {
    const { board } = setUp();
    expect(board.get('alice')).toMatchObject({
      status: 'unknown',
      fresh: false,
      source: 'none',
      availability: null,
    });
  });

  it('tells a change once, and a repetition never', async () => {
    const { clock, changes, say } = setUp();
    say('Available');
    say('Busy', 'InACall', { source: 'push' });
    await clock.advance(15_000);
    say('Busy', 'InACall');
    expect(changes).toHaveLength(2);
    expect(changes[1]).toMatchObject({ status: 'call', activity: 'InACall', fresh: true, source: 'push' });
  });

  it('makes a status unknown when nothing has confirmed it for staleAfterSeconds', async () => {
    const { clock, board, changes, say } = setUp();
    say('Available');
    await clock.advance(staleAfterMs - 1);
    expect(board.get('alice')?.status).toBe('available');
    await clock.advance(1);
    expect(changes.at(-1)).toMatchObject({
      status: 'unknown',
      fresh: false,
      availability: null,
      activity: null,
    });
  });

  it('keeps a status while each reading confirms it', async () => {
    const { clock, changes, say } = setUp();
    for (let minute = 0; minute < 10; minute++) {
      say('Available');
      await clock.advance(60_000);
    }
    expect(changes).toHaveLength(1);
  });

  it('does not care when the wall clock jumps', async () => {
    const { clock, board, say } = setUp();
    say('Available');
    clock.jump(24 * 3_600_000);
    await clock.advance(1_000);
    expect(board.get('alice')?.status).toBe('available');
    clock.jump(-48 * 3_600_000);
    await clock.advance(staleAfterMs);
    expect(board.get('alice')?.status).toBe('unknown');
  });

  it('remembers since when over an outage', async () => {
    const { clock, board, say } = setUp();
    say('Available');
    const since = board.get('alice')?.since;
    await clock.advance(staleAfterMs + 60_000);
    say('Available');
    expect(board.get('alice')).toMatchObject({ status: 'available', since });
  });

  it('lets an older sequence number change nothing', () => {
    const { board, say } = setUp();
    say('Busy', 'InACall', { sequenceNumber: 'A0000000002' });
    say('Available', 'Available', { sequenceNumber: 'A0000000001' });
    expect(board.get('alice')?.status).toBe('call');
  });

  it('does not let push alone keep a status alive, nor bring one back', async () => {
    const { clock, board, say } = setUp();
    say('Available');
    await clock.advance(staleAfterMs - 1);
    say('Busy', 'InACall', { source: 'push' });
    expect(board.get('alice')?.status).toBe('call');
    await clock.advance(1);
    expect(board.get('alice')?.status).toBe('unknown');
    say('Available', 'Available', { source: 'push', sequenceNumber: 'A9' });
    expect(board.get('alice')?.status).toBe('unknown');
    say('Away');
    expect(board.get('alice')?.status).toBe('away');
  });

  it('takes others in and lets people go, and remembers who was kept', () => {
    const now = createFakeClock().now();
    const stored = { id: 'dora', availability: 'Busy', activity: 'Busy', outOfOffice: false };
    const { board, say } = setUp([{ ...stored, since: now - 5_000, confirmedAt: now - 5_000 }]);
    say('Available');
    board.setPeople(['alice', 'dora']);
    expect(board.all().map(({ id, status }) => [id, status])).toEqual([
      ['alice', 'available'],
      ['dora', 'busy'],
    ]);
    expect(board.get('bob')).toBeUndefined();
  });

  it('lets a read that began before a notification came change nothing', async () => {
    const { clock, board, say } = setUp();
    say('Away');
    const began = clock.monotonic();
    await clock.advance(500);
    say('Busy', 'InACall', { source: 'push' });
    say('Available', 'Available', { asOf: began });
    expect(board.get('alice')?.status).toBe('call');
  });

  it('keeps out of office when a notification does not mention it', () => {
    const { board, clock } = setUp();
    const away = { availability: 'Away', activity: 'Away' };
    board.confirm({
      person: 'alice',
      words: { ...away, outOfOffice: true },
      source: 'poll',
      asOf: clock.monotonic(),
    });
    board.confirm({
      person: 'alice',
      words: { availability: 'Available', activity: 'Available' },
      source: 'push',
      asOf: clock.monotonic(),
    });
    expect(board.get('alice')?.status).toBe('ooo');
  });

  it('restores a status that is younger than staleAfterSeconds, with its since', async () => {
    const now = createFakeClock().now();
    const stored = { id: 'alice', availability: 'Busy', activity: 'Busy', outOfOffice: false };
    const { clock, board } = setUp([{ ...stored, since: now - 3_600_000, confirmedAt: now - 30_000 }]);
    expect(board.get('alice')).toMatchObject({
      status: 'busy',
      fresh: true,
      since: new Date(now - 3_600_000).toISOString(),
    });
    await clock.advance(90_000);
    expect(board.get('alice')?.status).toBe('unknown');
  });

  it.each([
    ['older', -staleAfterMs],
    ['from the future', 60_000],
  ])('does not restore a status that is %s', (_which, age) => {
    const now = createFakeClock().now();
    const { board } = setUp([
      {
        id: 'alice',
        availability: 'Busy',
        activity: 'Busy',
        outOfOffice: false,
        since: now,
        confirmedAt: now + age,
      },
    ]);
    expect(board.get('alice')).toMatchObject({ status: 'unknown', fresh: false });
  });

  it('never shows a status that was confirmed longer than staleAfterSeconds ago, whatever happens', async () => {
    const step = fc.oneof(
      fc.record({ wait: fc.integer({ min: 0, max: 200_000 }) }),
      fc.record({ say: fc.constantFrom('Available', 'Busy', 'Away', 'Nonsense') }),
      fc.record({ jump: fc.integer({ min: -1_000_000, max: 1_000_000 }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const { clock, board, say } = setUp();
        let confirmed = Number.NEGATIVE_INFINITY;
        for (const one of steps) {
          if ('wait' in one) await clock.advance(one.wait);
          else if ('jump' in one) clock.jump(one.jump);
          else {
            say(one.say);
            confirmed = clock.monotonic();
          }
          const isFresh = clock.monotonic() - confirmed < staleAfterMs;
          expect(board.get('alice')?.fresh).toBe(isFresh);
          if (!isFresh) expect(board.get('alice')?.status).toBe('unknown');
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('what a person shares', () => {
  it.each([
    ['full', { status: 'call', availability: 'Busy', activity: 'InACall', outOfOffice: false }],
    ['status', { status: 'call' }],
    ['busy-free', { status: 'busy' }],
  ] as const)('%s', (share, expected) => {
    const { board, say } = setUp();
    say('Busy', 'InACall');
    const { status, availability, activity, outOfOffice } = createShares()(board.get('alice')!, share);
    expect(JSON.parse(JSON.stringify({ status, availability, activity, outOfOffice }))).toEqual(expected);
  });

  it('does not tell by its since that a busy person began a call', async () => {
    const { board, clock, say } = setUp();
    const shared = createShares();
    const seen = () => shared(board.get('alice')!, 'busy-free');
    say('Busy');
    const { since } = seen();
    await clock.advance(60_000);
    say('Busy', 'InACall');
    expect(seen()).toMatchObject({ status: 'busy', since });
    await clock.advance(60_000);
    say('Available');
    expect(seen().since).not.toBe(since);
  });
});
