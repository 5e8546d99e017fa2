import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfigError, loadConfig, parseConfig } from '../../bridge/config/load.ts';
import { jsonSchema } from '../../bridge/config/schema.ts';

function refusal(text: string, env: NodeJS.ProcessEnv = {}): string {
  try {
    parseConfig(text, 'doorlight.yaml', env);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as Error).message;
  }
  throw new Error('it was accepted');
}

describe('the configuration', () => {
  it('has the defaults of the contract when the file is empty', () => {
    const config = parseConfig('', 'doorlight.yaml');
    expect(config.microsoft).toBeUndefined();
    expect(config.source).toMatchObject({
      mode: 'auto',
      pollSeconds: 15,
      reconcileSeconds: 60,
      staleAfterSeconds: 120,
    });
    expect(config.mqtt).toMatchObject({ baseTopic: 'doorlight', broker: 'embedded', users: [] });
    expect(config.mqtt.listen).toMatchObject({
      host: '0.0.0.0',
      port: 1883,
      tlsPort: 8883,
      probePort: 41883,
    });
    expect(config.web).toMatchObject({ host: '0.0.0.0', port: 8080 });
    expect(config.hooks).toMatchObject({ host: '127.0.0.1', port: 8081 });
  });

  it('takes every key of the contract, as it is written there', () => {
    const text = `
microsoft:
  tenant: contoso.onmicrosoft.com
  clientId: 11111111-2222-3333-4444-555555555555
  clientSecret: \${DOORLIGHT_CLIENT_SECRET}
  cloud: global
  signIn: device-code
  graphUrl: https://graph.microsoft.com
  authorityUrl: https://login.microsoftonline.com
  caFile: ./graph-ca.pem
  proxy: http://proxy:3128
  accounts: [main]
source:
  mode: auto
  publicUrl: https://lights.example.com
  pollSeconds: 15
  reconcileSeconds: 60
  staleAfterSeconds: 120
people:
  - { id: alice, user: alice@contoso.com, name: Alice Ng, share: full }
groups:
  - { id: floor2, group: 0f000000-1111-2222-3333-444444444444, share: status, exclude: [] }
mqtt:
  baseTopic: doorlight
  broker: embedded
  listen: { host: 0.0.0.0, port: 1883, tlsPort: 8883, probePort: 41883, webSocket: true, tls: { cert: c.pem, key: k.pem } }
  users:
    - { username: homeassistant, password: \${HA_MQTT_PASSWORD}, access: control }
  mirror: { url: mqtts://ha.local, username: u, password: p }
  homeAssistant: { enabled: true, prefix: homeassistant }
lights:
  - { id: door-204, kind: espruino, shows: [alice], name: Room 204, brightness: 1, night: { from: '18:00', to: '08:00', brightness: 0.3 },
      onStop: unknown, leds: { type: ws2812, pin: 13, count: 12, order: grb, maxMilliamps: 500 } }
  - { id: desk, kind: serial, device: /dev/serial/by-id/usb-x, protocol: auto, shows: [alice] }
  - { id: strip, kind: wled, topic: wled/0a1b2c, via: main, shows: [alice, floor2], combine: busiest }
looks:
  call: { color: '#ff0000', effect: pulse, brightness: 1 }
colorBlind: false
quiet:
  - { lights: all, zone: Europe/Berlin, days: [mon-fri], dark: '19:00-07:30', holidays: ./holidays.ics }
notify:
  - { url: https://example.com/hook, secret: \${NOTIFY_SECRET}, people: [alice], on: [call, available] }
web: { host: 0.0.0.0, port: 8080, tls: { cert: c.pem, key: k.pem } }
hooks: { host: 127.0.0.1, port: 8081 }
`;
    const env = { DOORLIGHT_CLIENT_SECRET: 'a', HA_MQTT_PASSWORD: 'b', NOTIFY_SECRET: 'c' };
    const config = parseConfig(text, 'doorlight.yaml', env);
    expect(config.mqtt.users[0]?.password).toBe('b');
    expect(config.notify[0]?.secret).toBe('c');
    expect(config.lights.map(({ onStop }) => onStop)).toEqual(['unknown', 'dark', 'unknown']);
  });

  it('gives a light the defaults of its kind', () => {
    const [light] = parseConfig('lights:\n  - { id: door, kind: espruino }', 'doorlight.yaml').lights;
    expect(light).toMatchObject({
      shows: [],
      combine: 'busiest',
      brightness: 1,
      leds: { count: 12, order: 'grb' },
    });
  });

  it.each([
    [
      'an unknown key',
      'sorce:\n  mode: auto',
      /^doorlight.yaml:1: sorce: unknown key; the nearest known key is source/,
    ],
    [
      'an unknown key below',
      '\nweb:\n  prot: 80',
      /^doorlight.yaml:3: web.prot: .*nearest known key is port/,
    ],
    [
      'a wrong type',
      'web:\n  port: eighty',
      /^doorlight.yaml:2: web.port: expected a port from 1 to 65535.*got "eighty"/,
    ],
    ['a wrong choice', 'source: { mode: pull }', /source.mode: expected one of auto, push, poll, got "pull"/],
    [
      'a missing key',
      'microsoft: { tenant: contoso.com }',
      /microsoft: clientId is missing: expected the application/,
    ],
    ['a list that is none', 'people: alice', /people: expected a list of people, got "alice"/],
    [
      'an unknown kind',
      'lights:\n  - { id: a, kind: lava }',
      /^doorlight.yaml:2: lights\[0\].kind: expected one of espruino/,
    ],
    [
      'a key of another kind',
      'lights: [{ id: a, kind: espruino, device: x }]',
      /lights\[0\].device: unknown key/,
    ],
    [
      'a reference to nobody',
      'people: [{ id: alice, user: x }]\nlights:\n  - { id: a, kind: espruino, shows: [bob] }',
      /^doorlight.yaml:3: lights\[0\].shows\[0\]: "bob" is nobody under people: expected one of alice/,
    ],
    [
      'a reference to nobody, for an automation',
      'people: [{ id: alice, user: x }, { id: bob, user: y }]\nnotify:\n  - url: https://a.b\n    secret: s\n    people: [alcie]',
      /^doorlight.yaml:5: notify\[0\].people\[0\]: "alcie" is nobody under people: expected one of alice, bob; the nearest is alice$/,
    ],
    [
      'a reference to no light',
      'lights: [{ id: door, kind: page }]\nquiet:\n  - { lights: [dor], dark: "19:00-07:00" }',
      /^doorlight.yaml:3: quiet\[0\].lights: "dor" is no light: expected one of door; the nearest is door$/,
    ],
    ['an id twice', 'people: [{ id: a, user: x }, { id: a, user: y }]', /people\[1\]: "a" is there twice/],
    [
      'a bad id',
      'people: [{ id: Alice, user: x }]',
      /people\[0\].id: expected a id of 1 to 64 small letters/,
    ],
    [
      'stale before the next read',
      'source: { staleAfterSeconds: 60 }',
      /expected at least 120, twice pollSeconds/,
    ],
    ['push without a URL', 'source: { mode: push }', /push needs publicUrl/],
    [
      'a public URL that is plain',
      'source: { publicUrl: "http://lights.example.com" }',
      /expected an https URL/,
    ],
    ['broken YAML', 'web: {\n', /^doorlight.yaml:\d: not valid YAML/],
    ['a look nobody has', 'looks: { ringing: { color: "#ff0000" } }', /looks.ringing: unknown key/],
    [
      'a consumer named as a lamp',
      'mqtt: { users: [{ username: d, access: all }] }\nlights: [{ id: d, kind: espruino }]',
      /id of a light/,
    ],
  ])('refuses %s', (_what, text, expected) => {
    expect(refusal(text)).toMatch(expected);
  });

  it('lists every fault at once', () => {
    expect(refusal('web: { port: x }\nhooks: { port: y }').split('\n')).toHaveLength(2);
  });

  it('takes ${NAME} from the environment, and refuses one that is not set', () => {
    const text = 'mqtt:\n  users:\n    - { username: ha, access: read, password: "${PASSWORD}" }';
    expect(parseConfig(text, 'x.yaml', { PASSWORD: 'secret: #1' }).mqtt.users[0]?.password).toBe(
      'secret: #1',
    );
    expect(refusal(text)).toMatch(/^doorlight.yaml:3: mqtt.users\[0\].password: \$\{PASSWORD\} is not set/);
  });

  it('takes ${NAME} without quotes, also in braces and lists, and leaves alone what only looks like one', () => {
    const text = `mqtt:
  users:
    - { username: ha, password: \${PASSWORD}, access: control }   # \${COMMENT}
    - { username: b, access: read, password: "x, \${PASSWORD}, {y}" }
people: [{ id: a, user: \${USER_OF_A} }]
web: { host: \${HOST} }
`;
    const env = { PASSWORD: 'a, b }: #c', USER_OF_A: 'a@b.c', HOST: '127.0.0.1' };
    const config = parseConfig(text, 'x.yaml', env);
    expect(config.mqtt.users.map(({ password }) => password)).toEqual(['a, b }: #c', 'x, a, b }: #c, {y}']);
    expect(config.people[0]?.user).toBe('a@b.c');
    expect(config.web.host).toBe('127.0.0.1');
    expect(refusal(text, { ...env, PASSWORD: undefined }).split('\n')).toEqual([
      expect.stringMatching(/^doorlight.yaml:3: mqtt.users\[0\].password: \$\{PASSWORD\} is not set/),
      expect.stringMatching(/^doorlight.yaml:4: mqtt.users\[1\].password: \$\{PASSWORD\} is not set/),
    ]);
    expect(refusal('web: { ${HOST}: 1 }', env)).toMatch(/^doorlight.yaml:1: web.\$\{HOST\}: unknown key/);
  });

  it.each([
    ['effect: off', /looks.unknown.effect: unknown is never dark/],
    ["color: '#400000'", /looks.unknown.color: unknown is never dark: choose a lighter colour/],
  ])('refuses a look of unknown that nobody sees: %s', (look, reason) => {
    expect(refusal(`looks: { unknown: { ${look} } }`)).toMatch(reason);
  });

  it('takes a number or a yes from the environment where one belongs, and a password of digits as it is', () => {
    const text =
      'web: { port: ${PORT} }\ncolorBlind: ${YES}\nmqtt: { users: [{ username: u, access: read, password: ${P} }] }';
    const config = parseConfig(text, 'x.yaml', { PORT: '8090', YES: 'true', P: '123456' });
    expect([config.web.port, config.colorBlind, config.mqtt.users[0]?.password]).toEqual([
      8090,
      true,
      '123456',
    ]);
    expect(refusal(text, { PORT: 'eighty', YES: 'true', P: 'p' })).toMatch(
      /:1: web.port: expected a port .*got "eighty"/,
    );
  });

  it('names a file that is missing or cannot be read, and the mend', () => {
    const folder = mkdtempSync(join(tmpdir(), 'doorlight-test-'));
    expect(() => loadConfig(join(folder, 'none.yaml'))).toThrow(
      /does not exist: create it, name another with --config/,
    );
    expect(() => loadConfig(folder)).toThrow(/is a directory/);
  });

  it('finds certificate files beside the configuration', () => {
    const folder = mkdtempSync(join(tmpdir(), 'doorlight-test-'));
    const file = join(folder, 'doorlight.yaml');
    writeFileSync(
      file,
      'microsoft: { tenant: contoso.com, clientId: 11111111-2222-3333-4444-555555555555, caFile: ca.pem }',
    );
    expect(loadConfig(file).microsoft?.caFile).toBe(join(folder, 'ca.pem'));
  });

  it('is described by the schema file in the repository', () => {
    const file = join(import.meta.dirname, '../../doorlight.schema.json');
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(JSON.parse(JSON.stringify(jsonSchema())));
  });
});
