import { describe, expect, it } from 'vitest';
import type { RelayLightConfig } from '../../../bridge/config/schema.ts';
import { createRelayLight } from '../../../bridge/lights/relay/light.ts';
import type { LightState, Show } from '../../../protocol/show.ts';
import { createFakeClock } from '../../fake-clock.ts';

const red: Show = {
  state: 'ON',
  color_mode: 'rgb',
  color: { r: 255, g: 0, b: 0 },
  brightness: 255,
  effect: 'solid',
};

function setUp(kind: RelayLightConfig['kind'], topic: string) {
  const clock = createFakeClock();
  const sent: [string, unknown][] = [];
  const hosted: Record<string, string> = {};
  let hear = (_topic: string, _payload: string) => {};
  let linkUp = () => {};
  const parsed = (text: string): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      return text;
    }
  };
  const light = createRelayLight({
    config: {
      id: 'strip',
      kind,
      topic,
      via: 'main',
      shows: [],
      combine: 'busiest',
      brightness: 1,
      onStop: 'unknown',
    },
    bus: {
      isUp: () => true,
      publish(at, payload) {
        sent.push([at, parsed(payload)]);
        return Promise.resolve();
      },
      join(_topics, onMessage, up) {
        hear = onMessage;
        linkUp = up;
        return () => {};
      },
    },
    topics: {
      identify() {},
      hosted: (_light, what, payload) => {
        hosted[what] = payload;
      },
    },
    clock,
    onReport() {},
  });
  light.start();
  light.show(red);
  const take = () => sent.splice(0);
  return {
    clock,
    light,
    take,
    hosted,
    state: () => light.report().state as LightState,
    hear: (at: string, payload: string | object) =>
      hear(at, typeof payload === 'string' ? payload : JSON.stringify(payload)),
    linkUp: () => linkUp(),
    beats: (count: number) => {
      for (let beat = 0; beat < count; beat++) light.beat!();
    },
  };
}

const lamps = [
  {
    kind: 'wled',
    topic: 'wled/0a1b2c',
    red: [['wled/0a1b2c/api', { on: true, bri: 255, nl: { on: true, dur: 1, mode: 0, tbri: 0 } }]],
    off: [['wled/0a1b2c/api', { on: false, nl: { on: false } }]],
    online: [['wled/0a1b2c/status', 'online']],
    offline: [['wled/0a1b2c/status', 'offline']],
    saysRed: [
      ['wled/0a1b2c/g', '255'],
      ['wled/0a1b2c/c', '#FF0000'],
    ],
    saysGreen: [['wled/0a1b2c/c', '#00FF00']],
  },
  {
    kind: 'tasmota',
    topic: 'desk',
    red: [['cmnd/desk/Backlog0', 'PulseTime1 190; Color1 #ff0000; Dimmer 100; Power1 ON']],
    off: [['cmnd/desk/Backlog0', 'Power1 OFF']],
    online: [['tele/desk/LWT', 'Online']],
    offline: [['tele/desk/LWT', 'Offline']],
    saysRed: [['stat/desk/RESULT', { POWER: 'ON', Dimmer: 100, Color: 'FF00000000' }]],
    saysGreen: [['stat/desk/RESULT', { POWER: 'ON', Dimmer: 100, Color: '00FF000000' }]],
  },
  {
    kind: 'zigbee2mqtt',
    topic: 'zigbee2mqtt/desk lamp',
    red: [
      ['zigbee2mqtt/desk lamp/set', { brightness: 254, color: { r: 255, g: 0, b: 0 } }],
      ['zigbee2mqtt/desk lamp/set', { state: 'ON', on_time: 90 }],
    ],
    off: [['zigbee2mqtt/desk lamp/set', { state: 'OFF' }]],
    online: [['zigbee2mqtt/desk lamp/availability', { state: 'online' }]],
    offline: [['zigbee2mqtt/bridge/state', { state: 'offline' }]],
    saysRed: [
      [
        'zigbee2mqtt/desk lamp',
        { state: 'ON', brightness: 254, color_mode: 'xy', color: { x: 0.7006, y: 0.2993 } },
      ],
    ],
    saysGreen: [['zigbee2mqtt/desk lamp', { state: 'ON', color: { x: 0.1724, y: 0.7468 } }]],
  },
  {
    kind: 'esphome',
    topic: 'desk/light/strip',
    red: [
      [
        'desk/light/strip/command',
        { state: 'ON', brightness: 255, color: { r: 255, g: 0, b: 0 }, flash: 90 },
      ],
    ],
    off: [['desk/light/strip/command', { state: 'OFF' }]],
    online: [['desk/status', 'online']],
    offline: [['desk/status', 'offline']],
    saysRed: [['desk/light/strip/state', { state: 'ON', brightness: 255, color: { r: 255, g: 0, b: 0 } }]],
    saysGreen: [['desk/light/strip/state', { state: 'ON', brightness: 255, color: { r: 0, g: 255, b: 0 } }]],
  },
] as const;

describe.each(lamps)('a $kind lamp', (lamp) => {
  it('is told each look, with a timer, and OFF without', () => {
    const { light, take } = setUp(lamp.kind, lamp.topic);
    expect(take().slice(-lamp.red.length)).toMatchObject([...lamp.red]);
    light.show({ state: 'OFF' });
    expect(take()).toMatchObject([...lamp.off]);
  });

  it('has its timer started anew by each third beat of the bridge, and by nothing else', async () => {
    const { take, beats, clock } = setUp(lamp.kind, lamp.topic);
    take();
    await clock.advance(600_000);
    beats(2);
    await clock.advance(1_000);
    expect(take()).toEqual([]);
    beats(1);
    await clock.advance(1_000);
    expect(take().slice(-lamp.red.length)).toMatchObject([...lamp.red]);
  });

  it('is online while it says so, and told again when it returns', () => {
    const { light, take, hear, hosted } = setUp(lamp.kind, lamp.topic);
    expect(light.report().online).toBe(false);
    for (const [at, payload] of lamp.online) hear(at, payload);
    expect(hosted['availability']).toBe('online');
    for (const [at, payload] of lamp.offline) hear(at, payload);
    expect(hosted['availability']).toBe('offline');
    take();
    for (const [at, payload] of lamp.online) hear(at, payload);
    expect(take().map(([at]) => at)).toContain(lamp.red[0][0]);
  });

  it('says what it shows, and that it differs once it had time to follow', async () => {
    const { clock, hear, state } = setUp(lamp.kind, lamp.topic);
    for (const [at, payload] of [...lamp.online, ...lamp.saysRed]) hear(at, payload);
    await clock.advance(5_000);
    expect(state()).toMatchObject({ state: 'ON', color: { r: 255, g: 0, b: 0 }, error: null });
    for (const [at, payload] of lamp.saysGreen) hear(at, payload);
    expect(state().error).toBe('differs');
  });

  it.each(['', '{', '[]', 'null', '\u0000', '{"state":7,"brightness":"x","color":1,"Dimmer":{}}'])(
    'takes %j for nothing',
    (payload) => {
      const { hear, state } = setUp(lamp.kind, lamp.topic);
      for (const [at] of [...lamp.saysRed, ...lamp.offline]) hear(at, payload);
      expect(state()).toMatchObject({ state: 'ON', color: { r: 255, g: 0, b: 0 }, brightness: 255 });
    },
  );

  it('is white for ten seconds to be found', async () => {
    const { light, clock, take } = setUp(lamp.kind, lamp.topic);
    take();
    light.identify();
    expect(take()).not.toEqual([]);
    await clock.advance(10_000);
    expect(take()).toMatchObject([...lamp.red]);
  });
});

describe('a bulb behind zigbee2mqtt', () => {
  it.each([
    ['red as far as a bulb can', { x: 0.6915, y: 0.3083 }, null],
    ['green', { x: 0.1724, y: 0.7468 }, 'differs'],
    ['amber', { x: 0.5265, y: 0.4468 }, 'differs'],
    ['blue', { x: 0.143, y: 0.0686 }, 'differs'],
    ['white', { x: 0.3227, y: 0.329 }, 'differs'],
    ['red as hue', { hue: 0, saturation: 100 }, null],
    ['green as hue', { hue: 120, saturation: 100 }, 'differs'],
    ['nothing that is a colour', { x: 'red', y: 0 }, null],
  ])('that says it shows %s is read as such', async (_what, color, error) => {
    const { clock, hear, state } = setUp('zigbee2mqtt', 'zigbee2mqtt/desk lamp');
    hear('zigbee2mqtt/desk lamp', { state: 'ON', brightness: 254, color });
    await clock.advance(5_000);
    expect(state().error).toBe(error);
  });
});

describe('a lamp with ESPHome', () => {
  const off = ['desk/light/strip/command', { state: 'OFF', transition: 0 }];

  it('falls back to dark: told so at once, for what it shows before a flash is what it shows after', () => {
    const { take, hear } = setUp('esphome', 'desk/light/strip');
    take();
    hear('desk/status', 'online');
    expect(take()[0]).toEqual(off);
  });

  it('is not made dark when only the link to the broker was away', () => {
    const { take, hear, linkUp } = setUp('esphome', 'desk/light/strip');
    hear('desk/status', 'online');
    take();
    linkUp();
    hear('desk/status', 'online');
    expect(take()).not.toContainEqual(off);
  });
});
