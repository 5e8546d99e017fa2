import { expect, it, vi } from 'vitest';
import type { Heard } from '../../bridge/mqtt/bus.ts';
import { createLampBus } from '../../bridge/mqtt/lamp-bus.ts';

/** A broker whose messages come when the test says so. */
function setUp() {
  const listeners = new Set<(message: Heard) => void>();
  const ups = new Set<() => void>();
  const subscribed = new Set<readonly string[]>();
  const endOf = <Value>(set: Set<Value>, value: Value) => {
    set.add(value);
    return () => set.delete(value);
  };
  const bus = createLampBus(
    {
      isUp: () => true,
      publish: () => Promise.resolve(),
      onMessage: (listener) => endOf(listeners, listener),
      onUp: (listener) => endOf(ups, listener),
    },
    (topics) => endOf(subscribed, topics),
  );
  const say = (topic: string, text: string) => {
    for (const listener of listeners) listener({ topic, payload: Buffer.from(text), retain: false });
  };
  return { bus, listeners, ups, subscribed, say };
}

it('a lamp hears its own topics, also one that several share, until it leaves', () => {
  const { bus, ups, subscribed, say } = setUp();
  const desk: string[] = [];
  const door: string[] = [];
  const leave = bus.join(
    ['z/desk', 'z/bridge'],
    (...said) => desk.push(said.join(' ')),
    () => {},
  );
  bus.join(
    ['z/door', 'z/bridge'],
    (...said) => door.push(said.join(' ')),
    () => {},
  );
  say('z/desk', 'on');
  say('z/bridge', 'online');
  leave();
  say('z/desk', 'off');
  say('z/bridge', 'offline');
  expect(desk).toEqual(['z/desk on', 'z/bridge online']);
  expect(door).toEqual(['z/bridge online', 'z/bridge offline']);
  expect([ups.size, subscribed.size]).toEqual([1, 1]);
});

it('a message costs the same, however many lamps there are', () => {
  const { bus, listeners, say } = setUp();
  const looked = vi.fn();
  const watched = (topics: string[]) =>
    new Proxy(topics, {
      get(target, key) {
        looked();
        return Reflect.get(target, key) as unknown;
      },
    });
  const heard: string[] = [];
  for (let index = 0; index < 100; index++) {
    bus.join(
      watched([`wled/${index}/g`, `wled/${index}/c`]),
      (topic) => heard.push(topic),
      () => {},
    );
  }
  looked.mockClear();
  say('wled/7/g', '255');
  say('doorlight/lights/door/state', '{}');
  expect(heard).toEqual(['wled/7/g']);
  expect(listeners.size).toBe(1);
  expect(looked).not.toHaveBeenCalled();
});
