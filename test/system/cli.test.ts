import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import mqtt from 'mqtt';
import { afterEach, describe, expect, it } from 'vitest';
import { anyPorts, type Run, ready, doorlight as run } from './demo-process.ts';
import { type Ends, endAll, eventually, startTenant, temporaryFolder } from './kit.ts';

const ends: Ends = [];
afterEach(() => endAll(ends));
const doorlight = (args: string[], cwd?: string, env?: NodeJS.ProcessEnv) => run(ends, args, cwd, env);

async function refused(run: Run): Promise<{ code: number | null; message: string }> {
  const code = await run.exit;
  expect(run.err().trim().split('\n')).toHaveLength(1);
  expect(run.err()).not.toMatch(/\n\s+at /);
  return { code, message: run.err() };
}

describe('what is wrong is said in one sentence', () => {
  it('a named configuration that is missing', async () => {
    const { code, message } = await refused(doorlight(['start', '--config', 'missing.yaml']));
    expect(code).toBe(2);
    expect(message).toMatch(/missing\.yaml does not exist: create it/);
  });

  it('a wrong configuration', async () => {
    const folder = temporaryFolder(ends);
    writeFileSync(join(folder, 'doorlight.yaml'), 'web:\n  prot: 80\n');
    const { code, message } = await refused(doorlight(['start'], folder));
    expect(code).toBe(2);
    expect(message).toMatch(/doorlight\.yaml:2: web\.prot: unknown key; the nearest known key is port/);
  });

  it('a configuration that cannot be read', async () => {
    const folder = temporaryFolder(ends);
    mkdirSync(join(folder, 'doorlight.yaml'));
    const { code, message } = await refused(doorlight(['start'], folder));
    expect(code).toBe(2);
    expect(message).toMatch(/is a directory/);
  });

  it.each(['web', 'hooks', 'mqtt', 'mqtts'])('a %s port in use', async (name) => {
    const taken = createServer().listen(0, '127.0.0.1');
    ends.push(() => taken.close());
    await eventually(() => expect(taken.listening).toBe(true));
    const { port } = taken.address() as { port: number };
    const ports = anyPorts.with(anyPorts.indexOf(`--${name}-port`) + 1, String(port));
    const { code, message } = await refused(doorlight(['demo', ...ports]));
    expect(code).toBe(1);
    expect(message).toContain(`Port ${port} (${name}) is in use`);
    expect(message).toContain(`--${name}-port`);
  });

  it('a data directory that cannot be written', async () => {
    const folder = temporaryFolder(ends);
    writeFileSync(join(folder, 'doorlight.yaml'), '');
    // A file where the directory should be: root, which tests may run as, can write any directory.
    writeFileSync(join(folder, 'data'), '');
    const { code, message } = await refused(
      doorlight(['start', '--data', join(folder, 'data'), ...anyPorts], folder),
    );
    expect(code).toBe(1);
    expect(message).toMatch(
      /data directory .* cannot be written: it is a file\. Name a directory with --data/,
    );
  });

  it('a data directory that another process uses', async () => {
    const folder = temporaryFolder(ends);
    writeFileSync(join(folder, 'doorlight.yaml'), '');
    await ready(doorlight(['start', ...anyPorts], folder));
    const { code, message } = await refused(doorlight(['start', ...anyPorts], folder));
    expect(code).toBe(1);
    expect(message).toMatch(/in use by process \d+/);
  });

  it.each([
    [['dance'], /no command "dance"/],
    [['start', '--colour'], /--colour/],
    [['start', '--web-port', 'eighty'], /--web-port takes a port/],
    [['light', 'paint'], /What is to be done with lights/],
    [['simulate', 'weather'], /What is to be simulated/],
    [['start', '--web-port', '-1'], /--web-port' argument is ambiguous\. Try --help/],
  ])('a wrong command line: %j', async (args, expected) => {
    const { code, message } = await refused(doorlight(args));
    expect(code).toBe(2);
    expect(message).toMatch(expected);
  });

  it('also in JSON, on the standard output', async () => {
    const run = doorlight(['light', 'list', '--json', '--config', 'missing.yaml']);
    const { code, message } = await refused(run);
    expect(code).toBe(2);
    expect(JSON.parse(run.out())).toEqual({ error: message.trim() });
  });
});

describe('doorlight demo', () => {
  it('is the demo whatever configuration is named, as a container names one, and says nothing but JSON with --json', async () => {
    const run = doorlight(['demo', '--json', ...anyPorts], undefined, {
      DOORLIGHT_CONFIG: '/data/doorlight.yaml',
    });
    const parts = await eventually(() => {
      const { ready } = JSON.parse(run.out()) as { ready: Record<string, string> };
      return ready;
    }, 15_000);
    expect(Object.keys(parts)).toEqual(['web', 'mqtt', 'hooks', 'graph', 'control', 'ca']);
    const folder = dirname(parts['ca']!);
    for (const file of readdirSync(folder))
      expect([file, statSync(join(folder, file)).mode & 0o777]).toEqual([file, 0o600]);
    run.child.kill('SIGTERM');
    expect(await run.exit).toBe(0);
    expect(JSON.parse(run.out())).toEqual({ ready: parts });
  });
});

describe('doorlight start', () => {
  it('is the demo where there is no configuration, and ends with every light told within 5 s', async () => {
    const run = doorlight(['start', ...anyPorts]);
    const urls = await ready(run);
    expect(Object.keys(urls)).toEqual(['web', 'mqtt', 'hooks', 'graph', 'control', 'ca']);
    expect(run.out().split('\n')[0]).toMatch(/this is the demo/);
    const consumer = await mqtt.connectAsync(urls['mqtt']!, { username: 'demo', password: 'doorlight-demo' });
    ends.push(() => consumer.endAsync(true));
    const last = new Map<string, string>();
    consumer.on('message', (topic, payload) => last.set(topic, payload.toString()));
    await consumer.subscribeAsync('doorlight/#');
    await eventually(() => {
      for (const light of ['door-alice', 'door-bob', 'door-carol', 'usb-desk']) {
        expect(last.get(`doorlight/lights/${light}/availability`)).toBe('online');
      }
    });
    const answer = await fetch(`${urls['control']}/users/alice@contoso.com/presence`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ availability: 'Busy', activity: 'InACall' }),
    });
    expect(answer.status).toBe(200);
    await eventually(() => {
      expect(last.get('doorlight/presence/alice/status')).toBe('call');
      expect(JSON.parse(last.get('doorlight/lights/door-alice/state')!)).toMatchObject({ effect: 'pulse' });
      expect(JSON.parse(last.get('doorlight/lights/usb-desk/state')!)).toMatchObject({ effect: 'pulse' });
    });
    await eventually(() => expect(run.out()).toMatch(/Alice Ng is in a call +door-alice #ff0000 pulse/));

    const stopped = performance.now();
    run.child.kill('SIGINT');
    expect(await run.exit).toBe(0);
    expect(performance.now() - stopped).toBeLessThan(5_000);
    await eventually(() => expect(last.get('doorlight/bridge/state')).toBe('offline'));
    expect(JSON.parse(last.get('doorlight/lights/door-alice/show')!)).toMatchObject({ effect: 'breathe' });
    expect(last.get('doorlight/presence/alice/status')).toBe('unknown');
  });

  it('refuses an anonymous consumer in the demo', async () => {
    const urls = await ready(doorlight(['demo', ...anyPorts]));
    await expect(mqtt.connectAsync(urls['mqtt']!, { reconnectPeriod: 0 })).rejects.toThrow(/refused/i);
  });

  it('makes a configuration with --setup, and waits in set-up mode', async () => {
    const folder = temporaryFolder(ends);
    const run = doorlight(['start', '--setup', ...anyPorts], folder);
    const urls = await ready(run);
    expect(readFileSync(join(folder, 'doorlight.yaml'), 'utf8')).toMatch(/^# Doorlight/);
    expect((await fetch(`${urls['web']}/readyz`)).status).toBe(503);
    expect(run.err()).toMatch(/claim this bridge with the code [A-Z0-9]{8}/);
  });
});

describe('accounts from the command line', () => {
  const yaml = `# The corridor
people:
  - { id: alice, user: alice@contoso.com } # first door
mqtt: { users: [{ username: ha, access: read, password: "\${HA}" }] }
`;

  async function json(args: string[], folder: string): Promise<Record<string, unknown>> {
    const run = doorlight([...args, '--json'], folder, { HA: 'x' });
    expect(await run.exit, run.err()).toBe(0);
    return JSON.parse(run.out()) as Record<string, unknown>;
  }

  it('adds a light and its key, keeping comments and variables, and a key alone is no password', async () => {
    const folder = temporaryFolder(ends);
    const file = join(folder, 'doorlight.yaml');
    writeFileSync(file, yaml);
    const { key } = await json(
      ['light', 'add', 'door-204', '--kind', 'espruino', '--shows', 'alice'],
      folder,
    );
    expect(key).toMatch(/^[0-9a-f]{32}$/);
    const text = readFileSync(file, 'utf8');
    expect(text).toContain('# first door');
    expect(text).toContain('${HA}');
    expect(text).toMatch(/id: door-204, kind: espruino, shows: \[ ?alice ?\]/);

    const run = doorlight(['start', ...anyPorts], folder, { HA: 'x' });
    const urls = await ready(run);
    const again = await json(['light', 'add', 'door-204', '--kind', 'espruino'], folder);
    expect(again['key']).not.toBe(key);
    expect(again['added']).toBe(false);
    expect(await json(['light', 'list'], folder)).toMatchObject([
      { id: 'door-204', kind: 'espruino', class: 'own', shows: ['alice'], online: false },
    ]);
    await expect(
      mqtt.connectAsync(urls['mqtt']!, { username: 'door-204', password: String(key), reconnectPeriod: 0 }),
    ).rejects.toThrow();

    run.child.kill('SIGTERM');
    expect(await run.exit).toBe(0);
    await json(['light', 'remove', 'door-204'], folder);
    expect(readFileSync(file, 'utf8')).not.toContain('door-204');
  });

  it('adds a consumer whose minted password opens the broker', async () => {
    const folder = temporaryFolder(ends);
    writeFileSync(join(folder, 'doorlight.yaml'), yaml);
    const { password } = await json(['user', 'add', 'nodered', '--access', 'control'], folder);
    expect(readFileSync(join(folder, 'doorlight-data/accounts.json'), 'utf8')).not.toContain(
      String(password),
    );
    const urls = await ready(doorlight(['start', ...anyPorts], folder, { HA: 'x' }));
    const client = await mqtt.connectAsync(urls['mqtt']!, {
      username: 'nodered',
      password: String(password),
    });
    ends.push(() => client.endAsync(true));
    expect(client.connected).toBe(true);
  });

  it('takes a password that was chosen, and shuts all out at once', async () => {
    const folder = temporaryFolder(ends);
    writeFileSync(
      join(folder, 'doorlight.yaml'),
      'mqtt: { users: [{ username: ha, password: in-the-file, access: read }] }\n',
    );
    const add = ['user', 'add', 'nodered', '--access', 'control', '--choose-password', '--json'];
    const added = doorlight(add, folder, { DOORLIGHT_MQTT_PASSWORD: 'correct horse' });
    expect(await added.exit).toBe(0);
    expect(added.out()).not.toContain('correct');
    const urls = await ready(doorlight(['start', ...anyPorts], folder));
    const open = (username: string, password: string) =>
      mqtt.connectAsync(urls['mqtt']!, { username, password, reconnectPeriod: 0 });
    const clients = [await open('ha', 'in-the-file'), await open('nodered', 'correct horse')];
    const closed = clients.map(
      (client) => new Promise<void>((resolve) => client.once('close', () => resolve())),
    );
    expect(await json(['user', 'revoke-all'], folder)).toEqual({ revoked: ['nodered', 'ha'] });
    await Promise.all(closed);
    await expect(open('ha', 'in-the-file')).rejects.toThrow(/bad user ?name or password/i);
    await expect(open('nodered', 'correct horse')).rejects.toThrow(/bad user ?name or password/i);
  });
});

describe('sign-in from the command line', () => {
  it('shows the code, waits for the person, and keeps the tokens for the bridge', async () => {
    const folder = temporaryFolder(ends);
    const tenant = await startTenant(ends, { autoApprove: false });
    writeFileSync(
      join(folder, 'doorlight.yaml'),
      `${tenant.microsoft}\npeople: [{ id: alice, user: alice@contoso.com }]\n`,
    );
    const run = doorlight(['sign-in'], folder);
    const code = await eventually(() => {
      const found = /enter the code (\S+)/.exec(run.out())?.[1];
      expect(found, run.err()).toBeDefined();
      return found!;
    });
    await tenant.control('POST', '/device/approve', { user_code: code });
    expect(await run.exit).toBe(0);
    expect(run.out()).toMatch(/Signed in as doorlight@contoso\.com/);

    const bridge = doorlight(['start', ...anyPorts], folder);
    const urls = await ready(bridge);
    await eventually(async () => expect((await fetch(`${urls['web']}/readyz`)).status).toBe(200));
    expect(bridge.err()).not.toContain('@contoso');
  });
});
