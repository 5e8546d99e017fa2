import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { runChecks } from '../../bridge/check/checks.ts';
import type { Finding } from '../../bridge/check/finding.ts';
import { gather } from '../../bridge/check/surroundings.ts';
import { check } from '../../bridge/commands/check.ts';
import { parseConfig } from '../../bridge/config/load.ts';
import { createSignInSide } from '../../bridge/graph/sign-in-side.ts';
import { openStore } from '../../bridge/store.ts';
import { type Clock, systemClock } from '../../protocol/clock.ts';
import type { GraphStandInOptions } from '../../simulator/graph/stand-in.ts';
import {
  type Ends,
  endAll,
  eventually,
  plugInLamp,
  startBridge,
  startTenant,
  temporaryFolder,
} from '../system/kit.ts';

const ends: Ends = [];
afterEach(() => endAll(ends));

const off = `mqtt: { listen: { port: 0, tlsPort: 0, probePort: 0 } }
web: { port: 0 }
hooks: { port: 0 }`;
const alice = 'people: [{ id: alice, user: alice@contoso.com }]';

async function tenant(options: Partial<GraphStandInOptions> = {}, more = '') {
  const started = await startTenant(ends, { deviceInterval: 0.01, ...options });
  const data = temporaryFolder(ends);
  const microsoft = more ? started.microsoft.replace(/ }$/, `, ${more} }`) : started.microsoft;
  return { ...started, microsoft, data, yaml: [microsoft, alice, off].join('\n') };
}

/** Signs in by device code, as somebody at a terminal. */
async function signIn(yaml: string, data: string): Promise<void> {
  const config = parseConfig(yaml, 'test.yaml');
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const ports = { clock: systemClock, log, store: openStore(data) };
  const { accounts, close } = createSignInSide(config, config.microsoft!, ports);
  await eventually(async () => {
    await accounts.all()[0]!.token();
  });
  accounts.stop();
  await close();
}

/** What a check of this text finds. */
function checked(yaml: string, data: string): Promise<Finding[]> {
  const file = join(temporaryFolder(ends), 'doorlight.yaml');
  writeFileSync(file, yaml);
  return check(file, data);
}

const of = (findings: Finding[], what: string) => findings.filter((each) => each.what === what);
const faults = (findings: Finding[]) => findings.filter(({ level }) => level === 'fault');

it('finds nothing where all is well, and says what it looked at', async () => {
  const { yaml, data } = await tenant();
  await signIn(yaml, data);
  const found = await checked(yaml, data);
  expect(found.filter(({ level }) => level !== 'ok')).toEqual([]);
  expect(new Set(found.map(({ what }) => what))).toEqual(
    new Set([
      ...[
        'Configuration',
        'Clock',
        'Sign-in service',
        'Microsoft Graph',
        'Sign-in',
        'Permissions',
        'Presence',
      ],
    ]),
  );
  expect(of(found, 'Sign-in')[0]!.message).toBe(
    'Signed in as doorlight@contoso.com. Say on the page whether this is the account to use.',
  );
});

it('has a mend for everything that is wrong', async () => {
  const { yaml, data } = await tenant();
  const found = await checked(yaml, data);
  expect(of(found, 'Sign-in')[0]).toEqual({
    what: 'Sign-in',
    level: 'fault',
    message: 'Nobody is signed in to Microsoft.',
    mend: 'Run "doorlight sign-in".',
  });
  for (const { level, mend } of found) expect(mend !== undefined).toBe(level !== 'ok');
});

describe('a sign-in that Entra refuses', () => {
  it.each([
    [50173, /password was changed or the sign-in was revoked/, /Run "doorlight sign-in"/],
    [700082, /not used for 90 days/, /Run "doorlight sign-in"/],
    [70043, /sign-in frequency/, /exempt this account/],
    [53003, /Conditional Access policy blocks/, /signIn: browser/],
    [50076, /second factor/, /Run "doorlight sign-in"/],
    [65001, /no consent/, /accept the permissions/],
    [90094, /administrator must approve/, /grant consent/],
    [50057, /disabled/, /administrator/],
    [700016, /not known in this tenant/, /microsoft\.clientId/],
    [7000218, /secret or a certificate/, /Allow public client flows/],
    [7000222, /secret has expired/, /new one/],
  ])('AADSTS%i is told apart', async (code, message, mend) => {
    const { yaml, data, control } = await tenant();
    await signIn(yaml, data);
    await control('POST', '/faults', { fault: 'entra', code });
    const found = of(await checked(yaml, data), 'Sign-in');
    expect(found).toEqual([
      {
        what: 'Sign-in',
        level: 'fault',
        message: expect.stringMatching(message),
        mend: expect.stringMatching(mend),
      },
    ]);
    expect(found[0]!.message).toContain(`(AADSTS${code})`);
  });

  it('that was revoked in the tenant', async () => {
    const { yaml, data, control } = await tenant();
    await signIn(yaml, data);
    await control('POST', '/faults', { fault: 'revoked' });
    expect(of(await checked(yaml, data), 'Sign-in')[0]).toMatchObject({
      level: 'fault',
      mend: /doorlight sign-in/,
    });
  });

  it('for a client that nobody registered, and a tenant that does not exist', async () => {
    const { yaml, data } = await tenant({}, 'signIn: app, clientSecret: s3cret');
    const client = await checked(
      yaml.replace(/clientId: [0-9-]+/, 'clientId: 00000000-0000-0000-0000-000000000000'),
      data,
    );
    expect(of(client, 'Sign-in')[0]!.message).toMatch(
      /application is not known in this tenant \(AADSTS700016\)/,
    );
    const nowhere = await checked(yaml.replace(/tenant: [^,]+/, 'tenant: nowhere.onmicrosoft.com'), data);
    expect(of(nowhere, 'Tenant')[0]).toMatchObject({
      level: 'fault',
      message: 'This tenant does not exist (AADSTS90002).',
      mend: 'Check microsoft.tenant and microsoft.cloud in the configuration.',
    });
  });
});

describe('the way to Microsoft', () => {
  it.each([
    [{ fault: 'reset' }, /breaks the connection off/],
    [{ fault: 'status', status: 503 }, /answers 503/],
    [{ fault: 'html', status: 502 }, /answers 502/],
  ])('that is closed: %j', async (fault, message) => {
    const { yaml, data, control } = await tenant();
    await signIn(yaml, data);
    await control('POST', '/faults', fault);
    const found = await checked(yaml, data);
    expect(of(found, 'Microsoft Graph')[0]).toMatchObject({
      level: 'fault',
      message: expect.stringMatching(message),
    });
  });

  it.each([
    ['https://graph.nowhere.invalid', /its name is not known|no DNS server answers/],
    ['https://localhost:PORT', /refuses the connection/],
  ])('that leads nowhere: %s', async (address, message) => {
    const { yaml, data } = await tenant();
    const url = address.replace('PORT', String(await freePort()));
    const found = await checked(yaml.replace(/graphUrl: "[^"]+"/, `graphUrl: "${url}"`), data);
    expect(of(found, 'Microsoft Graph')[0]).toMatchObject({
      level: 'fault',
      message: expect.stringMatching(message),
    });
  });

  it('that somebody else answers: a certificate nobody trusts', async () => {
    const { yaml, data } = await tenant();
    const found = await checked(yaml.replace(/, caFile: "[^"]+"/, ''), data);
    expect(of(found, 'Microsoft Graph')[0]).toMatchObject({
      level: 'fault',
      mend: expect.stringMatching(/microsoft\.caFile/),
    });
  });
});

describe('what the tenant lets Doorlight do', () => {
  it('names the permission that is missing, and what it is for', async () => {
    const { yaml, data } = await tenant(
      { appRoles: ['User.ReadBasic.All'] },
      'signIn: app, clientSecret: s3cret',
    );
    const found = await checked(yaml, data);
    expect(of(found, 'Permissions')).toMatchObject([
      {
        level: 'fault',
        message: 'Presence.Read.All is not granted: it is needed to read presence.',
        mend: /application/,
      },
    ]);
    expect(of(found, 'Presence')[0]).toMatchObject({ level: 'fault', message: expect.stringMatching(/403/) });
  });

  it('names who is not there, and goes on with the others', async () => {
    const { yaml, data } = await tenant();
    const more = yaml.replace(']\n', ', { id: gone, user: gone@contoso.com }]\n');
    await signIn(more, data);
    const found = await checked(more, data);
    expect(of(found, 'People')).toMatchObject([
      { level: 'warning', message: 'Person gone is not in the tenant.' },
    ]);
    expect(of(found, 'Presence')[0]).toMatchObject({ level: 'ok', message: 'It can be read, for 1 person.' });
    expect(faults(found)).toEqual([]);
  });
});

it('says that the clock is wrong, and how far', async () => {
  const { yaml, data } = await tenant();
  const config = parseConfig(yaml, 'test.yaml');
  const clock: Clock = { ...systemClock, now: () => Date.now() - 3 * 3_600_000 };
  const { surroundings, close } = await gather({
    config,
    file: 'test.yaml',
    store: openStore(data),
    clock,
    running: undefined,
  });
  ends.push(close);
  expect(of(await runChecks(surroundings), 'Clock')).toMatchObject([
    { level: 'fault', message: "It is 3 hours behind Microsoft's.", mend: expect.stringMatching(/set-ntp/) },
  ]);
});

describe('the public URL', () => {
  async function behind(answer: Parameters<typeof createServer>[1]): Promise<Finding | undefined> {
    const server: Server = createServer(answer as never);
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    ends.push(() => server.close());
    const { port } = server.address() as AddressInfo;
    return of(
      await checked(`source: { publicUrl: "http://127.0.0.1:${port}" }\n${off}`, temporaryFolder(ends)),
      'Public URL',
    )[0];
  }

  it.each([
    [404, /knows no \/graph\/notifications/],
    [502, /does not reach the bridge/],
    [302, /redirects/],
    [401, /asks for a log-in/],
    [200, /something else than Doorlight/],
  ])('that answers %i', async (status, message) => {
    const found = await behind((_request, response) => void response.writeHead(status).end('hello'));
    expect(found).toMatchObject({ level: 'fault', message: expect.stringMatching(message) });
  });

  it('that leads nowhere, and one that leads here though no bridge is running', async () => {
    const data = temporaryFolder(ends);
    const dead = await checked(`source: { publicUrl: "http://127.0.0.1:${await freePort()}" }\n${off}`, data);
    expect(of(dead, 'Public URL')[0]).toMatchObject({
      level: 'fault',
      message: expect.stringMatching(/refuses/),
    });
    const free = await freePort();
    const here = off.replace('hooks: { port: 0 }', `hooks: { port: ${free} }`);
    const good = await checked(`source: { publicUrl: "http://127.0.0.1:${free}" }\n${here}`, data);
    expect(of(good, 'Public URL')[0]).toMatchObject({ level: 'ok' });
    expect(of(good, `Port ${free} (hooks)`)[0]).toMatchObject({ level: 'ok' });
  });
});

describe('this machine', () => {
  it('whose port is taken', async () => {
    const server = createServer();
    await new Promise<void>((done) => server.listen(0, '0.0.0.0', done));
    ends.push(() => server.close());
    const { port } = server.address() as AddressInfo;
    const found = await checked(
      off.replace('web: { port: 0 }', `web: { port: ${port} }`),
      temporaryFolder(ends),
    );
    expect(of(found, `Port ${port} (web)`)[0]).toMatchObject({
      level: 'fault',
      message: 'It is in use.',
      mend: expect.stringMatching(/^Stop the program that uses it, or choose another port \(web\.port/),
    });
  });

  it('whose data directory cannot be written', async () => {
    const file = join(temporaryFolder(ends), 'data');
    writeFileSync(file, '');
    expect(await checked(off, file)).toMatchObject([
      {
        what: 'Data directory',
        level: 'fault',
        message: expect.stringMatching(/cannot be written/),
        mend: expect.stringMatching(/--data/),
      },
    ]);
  });

  it('whose configuration is missing, wrong, or open to all with a secret in it', async () => {
    const folder = temporaryFolder(ends);
    expect(await check(join(folder, 'none.yaml'), folder)).toMatchObject([
      { what: 'Configuration', level: 'fault', mend: expect.stringMatching(/^Create it/) },
    ]);
    const wrong = await checked('web:\n  prot: 80\n  hots: x\n', folder);
    expect(wrong).toHaveLength(2);
    expect(wrong[0]).toMatchObject({
      level: 'fault',
      message: expect.stringMatching(/:2: web\.prot: unknown key/),
    });
    const open = join(folder, 'open.yaml');
    writeFileSync(
      open,
      `microsoft: { tenant: t, clientId: 11111111-2222-3333-4444-555555555555, clientSecret: s, graphUrl: "https://localhost:1", authorityUrl: "https://localhost:1" }\n${off}`,
    );
    chmodSync(open, 0o644);
    const data = join(folder, 'data');
    mkdirSync(data);
    expect(of(await check(open, data), 'Configuration').map(({ level }) => level)).toEqual([
      'ok',
      'warning',
      'warning',
    ]);
  });
});

it('asks a running bridge, and does not disturb it', async () => {
  const { yaml, data, control } = await tenant();
  const { bridge } = await startBridge(ends, yaml, { folder: data });
  await eventually(() => expect(bridge.view.health().signIn).toBe('ok'));
  await eventually(() => expect(bridge.view.health().source).toBe('poll'));
  const found = await checked(yaml, data);
  expect(faults(found)).toEqual([]);
  expect(of(found, 'Ports')[0]).toMatchObject({ level: 'ok', message: 'The running bridge has them.' });
  expect(of(found, 'Sign-in')[0]).toMatchObject({ level: 'ok' });
  await control('POST', '/faults', { fault: 'reset' });
  expect(of(await checked(yaml, data), 'Microsoft Graph')[0]).toMatchObject({ level: 'fault' });
  expect(bridge.view.health().signIn).toBe('ok');
});

describe('why is my light wrong?', () => {
  const lights =
    'lights: [{ id: door, kind: espruino, shows: [alice] }, { id: hall, kind: page, shows: [alice] }]';

  it('is answered in the terminal as it is on the page', async () => {
    const { yaml, data, setPresence } = await tenant();
    const text = `${yaml}\n${lights}`;
    const { bridge, keys, urls } = await startBridge(ends, text, { folder: data });
    plugInLamp(ends, 'door', keys.get('door')!, urls.probePort!);
    await setPresence('alice@contoso.com', 'Available');
    await eventually(() => expect(bridge.view.lightHealth('door')).toMatchObject({ wrong: false }), 20_000);
    const found = await checked(text, data);
    const says = bridge.view.lightHealth('door')!.links.at(-1)!.says;
    expect(of(found, 'Light door')).toMatchObject([
      {
        level: 'ok',
        message: expect.stringMatching(
          /^Graph \(\d+ s\) -> bridge -> rules -> broker \(0 s\) -> lamp \(\d+ s\)\. /,
        ),
        links: bridge.view.lightHealth('door')!.links.map(({ part, code }) => ({ part, code })),
      },
    ]);
    expect(of(found, 'Light door')[0]!.message.endsWith(says)).toBe(true);
    const gone = bridge.view.lightHealth('hall')!.links.at(-1)!;
    expect(of(found, 'Light hall')).toMatchObject([
      {
        level: 'fault',
        message: expect.stringMatching(
          /^Graph \(\d+ s\) -> bridge -> rules -> \[lamp\]\. The light is not there\.$/,
        ),
        mend: gone.mend,
      },
    ]);
  }, 40_000);

  it('begins with Microsoft when nobody is signed in', async () => {
    const { yaml, data } = await tenant({ autoApprove: false });
    const text = `${yaml}\n${lights}`;
    await startBridge(ends, text, { folder: data });
    expect(of(await checked(text, data), 'Light door')).toMatchObject([
      {
        level: 'fault',
        message: '[Graph] -> bridge -> rules -> broker (0 s) -> [lamp]. Nobody is signed in to Microsoft.',
        mend: expect.stringMatching(/doorlight sign-in/),
      },
    ]);
  });

  it('begins with the bridge when none is running', async () => {
    const { yaml, data } = await tenant();
    await signIn(yaml, data);
    expect(of(await checked(`${yaml}\n${lights}`, data), 'Lights')).toMatchObject([
      {
        level: 'warning',
        message: 'Graph -> [bridge]. No bridge runs on this data directory, so no light shows a status.',
        mend: expect.stringMatching(/doorlight start/),
      },
    ]);
  });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}
