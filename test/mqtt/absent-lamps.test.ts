import { describe, expect, it } from 'vitest';
import { speakForAbsentLamps } from '../../bridge/mqtt/absent-lamps.ts';
import type { Heard, LinkedBus } from '../../bridge/mqtt/bus.ts';
import { createFakeClock } from '../fake-clock.ts';

function setUp() {
  const clock = createFakeClock();
  const sent: [string, string, boolean][] = [];
  let hear = (_message: Heard) => {};
  let up = () => {};
  const bus: LinkedBus = {
    isUp: () => true,
    onUp(listener) {
      up = listener;
      return () => {};
    },
    onMessage(listener) {
      hear = listener;
      return () => {};
    },
    publish(topic, payload, retain) {
      sent.push([topic, payload, retain]);
      return Promise.resolve();
    },
  };
  speakForAbsentLamps(bus, () => ['a', 'b'], clock);
  const say = (topic: string, payload: string) =>
    hear({ topic, payload: Buffer.from(payload), retain: true });
  return { clock, sent, say, up: () => up() };
}

describe("on a user's broker", () => {
  it('a lamp that was never heard is said to be offline, and one that was is not', async () => {
    const { clock, sent, say, up } = setUp();
    up();
    say('a', 'online');
    await clock.advance(10_000);
    expect(sent).toEqual([['b', 'offline', true]]);
  });

  it('a lamp whose own word crossed that of the bridge is said to be online again, once', async () => {
    const { clock, sent, say, up } = setUp();
    up();
    await clock.advance(2_000);
    say('b', 'offline');
    say('b', 'online');
    say('b', 'online');
    expect(sent.filter(([topic]) => topic === 'b')).toEqual([
      ['b', 'offline', true],
      ['b', 'online', true],
    ]);
    await clock.advance(10_000);
    say('a', 'online');
    expect(sent.filter(([topic]) => topic === 'a')).toEqual([['a', 'offline', true]]);
  });
});
