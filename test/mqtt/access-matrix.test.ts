/** For every kind of account, on a real broker: what it may read (r), write (w), and have as its last will (also w). */
import mqtt, { type IClientOptions } from 'mqtt';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { LightConfig } from '../../bridge/config/schema.ts';
import { type Account, accessRules } from '../../bridge/mqtt/access.ts';
import { type Broker, createBroker } from '../../bridge/mqtt/broker.ts';
import { treesOf } from '../../bridge/mqtt/embedded.ts';
import { systemClock } from '../../protocol/clock.ts';

const device = (id: string, kind: string, topic: string): Account => ({
  kind: 'device',
  id,
  trees: treesOf({ id, kind, topic } as LightConfig)!,
});
const accounts: Record<string, Account> = {
  lamp: { kind: 'lamp', id: 'lamp' },
  wled: device('wled', 'wled', 'wled/0a1b2c'),
  tasmota: device('tasmota', 'tasmota', 'bulb'),
  zigbee: device('zigbee', 'zigbee2mqtt', 'zigbee2mqtt/desk lamp'),
  esphome: device('esphome', 'esphome', 'ring/light/strip'),
  read: { kind: 'consumer', name: 'read', access: 'read' },
  control: { kind: 'consumer', name: 'control', access: 'control' },
  all: { kind: 'consumer', name: 'all', access: 'all' },
};

const matrix = `
topic                                   lamp wled tasmota zigbee esphome read control all
doorlight/bridge/state                  r    -    -       -      -       r    r       r
doorlight/bridge/alive                  r    -    -       -      -       r    r       r
doorlight/bridge/health                 -    -    -       -      -       r    r       r
doorlight/bridge/request/health         -    -    -       -      -       r    rw      rw
doorlight/bridge/response/health        -    -    -       -      -       r    r       r
doorlight/presence/alice                -    -    -       -      -       r    r       r
doorlight/presence/alice/status         -    -    -       -      -       r    r       r
doorlight/presence/alice/set            -    -    -       -      -       r    rw      rw
doorlight/lights/lamp/show              r    -    -       -      -       r    r       r
doorlight/lights/lamp/state             w    -    -       -      -       r    r       rw
doorlight/lights/lamp/availability      w    -    -       -      -       r    r       rw
doorlight/lights/lamp/button            w    -    -       -      -       r    r       rw
doorlight/lights/lamp/result            w    -    -       -      -       r    r       rw
doorlight/lights/lamp/set               -    -    -       -      -       r    rw      rw
doorlight/lights/lamp/identify          r    -    -       -      -       r    rw      rw
doorlight/lights/lamp/config            r    -    -       -      -       r    r       r
doorlight/lights/lamp/update            r    -    -       -      -       r    r       r
doorlight/lights/other/show             -    -    -       -      -       r    r       r
doorlight/lights/other/state            -    -    -       -      -       r    r       rw
doorlight/lights/wled/state             -    -    -       -      -       r    r       r
doorlight/lights/wled/availability      -    -    -       -      -       r    r       r
homeassistant/status                    -    w    w       w      w       r    rw      rw
homeassistant/light/x/config            -    w    w       w      w       r    r       rw
homeassistant/device/x/config           -    w    w       w      w       r    r       rw
homeassistant/device/doorlight/config   -    -    -       -      -       r    r       r
homeassistant/device/doorlight_light_lamp/config - - -     -      -       r    r       r
wled/0a1b2c                             -    rw   -       -      -       -    -       rw
wled/0a1b2c/api                         -    rw   -       -      -       -    -       rw
wled/ffffff/api                         -    -    -       -      -       -    -       rw
cmnd/bulb/POWER                         -    -    rw      -      -       -    -       rw
stat/bulb/RESULT                        -    -    rw      -      -       -    -       rw
tele/bulb/LWT                           -    -    rw      -      -       -    -       rw
tasmota/discovery/x/config              -    -    rw      -      -       -    -       rw
cmnd/other/POWER                        -    -    -       -      -       -    -       rw
zigbee2mqtt/desk_lamp                   -    -    -       rw     -       -    -       rw
zigbee2mqtt/bridge/state                -    -    -       rw     -       -    -       rw
ring/status                             -    -    -       -      rw      -    -       rw
ring/light/strip/command                -    -    -       -      rw      -    -       rw
else/where                              -    -    -       -      -       -    -       rw
doorlight/#                             -    -    -       -      -       r    r       r
homeassistant/#                         -    -    -       -      -       r    r       r
#                                       -    -    -       -      -       -    -       r
+/bridge/state                          -    -    -       -      -       -    -       r
doorlight/lights/+/show                 -    -    -       -      -       r    r       r
wled/#                                  -    -    -       -      -       -    -       r
wled/0a1b2c/#                           -    r    -       -      -       -    -       r
zigbee2mqtt/#                           -    -    -       r      -       -    -       r
$SYS/broker                             -    -    -       -      -       -    -       -
$SYS/#                                  -    -    -       -      -       -    -       -
$share/group/doorlight/#                -    -    -       -      -       -    -       -
`;
const [head = [], ...rows] = matrix
  .trim()
  .split('\n')
  .map((line) => line.split(/\s+/));
const names = head.slice(1);

let broker: Broker;
let port: number;
let heard: string[] = [];
const log = { debug() {}, info() {}, warn() {}, error() {} };

beforeAll(async () => {
  broker = await createBroker({
    host: '127.0.0.1',
    port: 0,
    tls: undefined,
    rules: accessRules('doorlight', 'homeassistant', ['wled']),
    authenticate: (name) => accounts[name],
    clock: systemClock,
    log,
  });
  broker.onMessage(({ topic }) => heard.push(topic));
  port = (await broker.start())!;
});
afterAll(() => broker.stop());

const connect = (username: string, more: IClientOptions = {}) =>
  mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, { username, reconnectPeriod: 0, ...more });

describe.each(names)('an account of kind %s', (name) => {
  const column = names.indexOf(name) + 1;
  const expected = (letter: string) =>
    rows.filter((row) => row[column]!.includes(letter)).map(([topic]) => topic);
  const topics = rows.map(([topic]) => topic!);
  const writable = topics.filter((topic) => !/[+#]/.test(topic));

  it('reads what the matrix says', async () => {
    const client = await connect(name);
    const granted: string[] = [];
    for (const topic of topics) {
      const answered = new Promise<number>((resolve) => {
        client.once('packetreceive', (packet) => {
          if (packet.cmd === 'suback') resolve(packet.granted[0] as number);
        });
      });
      await client.subscribeAsync(topic).catch(() => {});
      if ((await answered) !== 0x80) granted.push(topic);
      await client.unsubscribeAsync(topic);
    }
    expect(granted).toEqual(expected('r'));
    await client.endAsync();
  });

  it('writes what the matrix says, stays connected, and is acknowledged', async () => {
    heard = [];
    const client = await connect(name);
    for (const topic of writable) await client.publishAsync(topic, 'x', { qos: 1 });
    expect(client.connected).toBe(true);
    await client.endAsync();
    expect(heard).toEqual(expected('w'));
  });

  it('has a will where it may write, and none elsewhere', async () => {
    heard = [];
    const end = broker.counters().refusedPublishes + writable.length - expected('w').length;
    for (const topic of writable) {
      const will = { topic, payload: Buffer.from('gone'), qos: 1 as const, retain: false };
      const client = await connect(name, { will });
      client.on('error', () => {});
      client.stream.destroy();
    }
    await vi.waitFor(() => {
      expect(broker.counters().refusedPublishes).toBe(end);
      expect(heard.toSorted()).toEqual(expected('w').toSorted());
    }, 10_000);
  });
});
