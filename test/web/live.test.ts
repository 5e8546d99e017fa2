import mqtt from 'mqtt';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { run as light } from '../../bridge/commands/light.ts';
import { run as user } from '../../bridge/commands/user.ts';
import { type Ends, endAll, eventually, startTenant } from '../system/kit.ts';
import { follow, startWeb } from './kit.ts';

const ends: Ends = [];
afterEach(async () => {
  vi.restoreAllMocks();
  await endAll(ends);
});

const text = '# ours\npeople: [{ id: alice, user: alice@contoso.com }]\n';

/** What a command prints. */
async function said(run: (args: string[]) => Promise<number>, args: string[]): Promise<string> {
  const print = vi.spyOn(console, 'log').mockImplementation(() => {});
  expect(await run(args)).toBe(0);
  const lines = print.mock.calls.map(([line]) => String(line));
  print.mockRestore();
  return lines.join('\n');
}

describe('beside a running bridge', () => {
  it('"user add" lets somebody in at once, and "user remove" cuts him off', async () => {
    const { file, folder, urls } = await startWeb(ends, text);
    const place = ['--config', file, '--data', folder];
    const words = await said(user, ['add', 'nodered', '--access', 'read', ...place]);
    expect(words).toMatch(/The running bridge lets this user in\./);
    expect(words).not.toMatch(/[Rr]estart/);
    const password = /shown only now: (\S+)/.exec(words)![1]!;
    const open = () =>
      mqtt.connectAsync(urls.mqtt!, {
        username: 'nodered',
        password,
        reconnectPeriod: 0,
        connectTimeout: 3_000,
      });
    const client = await open();
    client.on('error', () => {});
    const cut = new Promise<void>((resolve) => client.once('close', () => resolve()));
    expect(await said(user, ['remove', 'nodered', ...place])).toBe('User nodered is gone, and is cut off.');
    await cut;
    await client.endAsync(true);
    await expect(open()).rejects.toThrow(/bad user ?name or password/i);
  });

  it('"light add" and "light remove" are in force when they have said so', async () => {
    const { file, folder, bridge } = await startWeb(ends, text);
    const place = ['--config', file, '--data', folder];
    const words = await said(light, ['add', 'door', '--kind', 'espruino', '--shows', 'alice', ...place]);
    expect(words).toMatch(/The running bridge has taken it up\./);
    expect(bridge.view.light('door')).toMatchObject({ shows: ['alice'], show: { state: 'ON' } });
    expect(await said(light, ['remove', 'door', ...place])).toMatch(/has forgotten it/);
    expect(bridge.view.light('door')).toBeUndefined();
  });
});

describe('who signed in', () => {
  it('is asked about by a page that opens later, too', async () => {
    const { microsoft } = await startTenant(ends);
    const { bridge, urls, cookie } = await startWeb(ends, `${microsoft}\n${text}`);
    await eventually(() => expect(bridge.view.health().signIn).toBe('ok'), 15_000);
    const { events } = await follow(ends, `${urls.web}/api/events`, { cookie });
    await eventually(() =>
      expect(events).toContainEqual({
        event: 'sign-in',
        data: [expect.objectContaining({ account: 'main', toConfirm: 'doorlight@contoso.com' })],
      }),
    );
  });
});

describe('a change that reaches far', () => {
  it('of the accounts is in force at once: each asks for its own sign-in', async () => {
    const { microsoft, control } = await startTenant(ends, { autoApprove: false });
    const { change, page, bridge } = await startWeb(ends, `${microsoft}\n${text}`);
    type State = { account: string; status: string; prompt?: { userCode: string } };
    const states = async () => (await page<State[]>('GET', '/api/sign-in')).body;
    const approve = async (account: string, who: string) => {
      const prompted = await vi.waitFor(
        async () => {
          const { prompt } = (await states()).find((state) => state.account === account)!;
          expect(prompt).toBeDefined();
          return prompt!;
        },
        { timeout: 15_000, interval: 50 },
      );
      await control('POST', '/device/approve', { user_code: prompted.userCode, user: who });
    };
    await approve('main', 'doorlight');
    await eventually(() => expect(bridge.view.health().signIn).toBe('ok'), 15_000);
    const value = ['main', 'second'];
    const added = await change<{ restart: string[] }>([{ path: 'microsoft/accounts', value }]);
    expect(added).toMatchObject({ status: 200, body: { restart: [] } });
    expect((await states()).map(({ account }) => account)).toEqual(value);
    await approve('second', 'bob');
    const ok = { status: 'ok' };
    await vi.waitFor(async () => expect(await states()).toMatchObject([ok, ok]), { timeout: 15_000 });
    await eventually(() => expect(bridge.view.person('alice').fresh).toBe(true));
    expect((await change([{ path: 'microsoft/accounts', value: null }])).status).toBe(200);
    expect((await states()).map(({ account }) => account)).toEqual(['main']);
  }, 40_000);

  it('of the broker waits for the next start, says so, and the one in use goes on', async () => {
    const { change, page, urls, bridge } = await startWeb(
      ends,
      `${text}mqtt: { users: [{ username: test, password: test-password, access: all }] }\n`,
    );
    const wrong = await change([{ path: 'mqtt/broker', value: 'ftp://elsewhere' }]);
    expect(wrong).toMatchObject({ status: 400, body: { fields: [{ path: 'mqtt/broker' }] } });
    const moved = await change<{ restart: string[] }>([{ path: 'mqtt/broker', value: 'mqtt://127.0.0.1:1' }]);
    expect(moved).toMatchObject({ status: 200, body: { restart: ['mqtt'] } });
    const client = await mqtt.connectAsync(urls.mqtt!, { username: 'test', password: 'test-password' });
    const heard = new Promise((resolve) =>
      client.on('message', (_topic, payload) => resolve(payload.toString())),
    );
    await client.subscribeAsync('doorlight/presence/alice/status');
    expect(await heard).toBe('unknown');
    await client.endAsync(true);
    expect(bridge.view.person('alice')).toBeDefined();
    expect((await change([{ path: 'mqtt/broker', value: null }])).body).toMatchObject({ restart: [] });
    const ports = await change([
      { path: 'web/port', value: 9_999 },
      { path: 'hooks/host', value: '127.0.0.2' },
    ]);
    expect(ports.body).toMatchObject({ restart: ['web.port', 'hooks'] });
    expect((await page('GET', '/api/config')).body).toMatchObject({ restart: ['web.port', 'hooks'] });
  });
});
