import type { RouteOptions } from 'fastify';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Ends, endAll, eventually, plugInLamp, startTenant } from '../system/kit.ts';
import { startWeb } from './kit.ts';
import { type Document, wrongIn } from './openapi-kit.ts';

/** What Fastify itself was told, of each of its servers: the page's, the hooks' and the control socket's. */
const registered = vi.hoisted(() => [] as RouteOptions[][]);
vi.mock('fastify', async (load) => {
  const real = await load<typeof import('fastify')>();
  const spied = (options: object) => {
    const app = real.default(options);
    const routes: RouteOptions[] = [];
    registered.push(routes);
    app.addHook('onRoute', (route) => void routes.push(route));
    return app;
  };
  return { ...real, default: spied };
});

const ends: Ends = [];
afterEach(() => endAll(ends));

const text = `
people: [{ id: alice, user: alice@contoso.com }]
lights: [{ id: door, kind: espruino, shows: [alice] }, { id: tablet, kind: page, shows: [alice] }]
`;
/** No route may be thrown off by what is sent in place of what it takes. */
const wrongBodies = ['{', 'null', '[]', '"text"', '{"nothing":1}', '{"__proto__":{"x":1}}', '7'];

const operationsOf = ({ paths }: Document) =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );

describe('the OpenAPI document', () => {
  it("has what is in Fastify's own list of routes, and nothing else", async () => {
    registered.length = 0;
    const { ask } = await startWeb(ends, text);
    const { body } = await ask<Document>('GET', '/api/openapi.json');
    const ofWeb = registered.find((routes) => routes.some(({ url }) => url === '/healthz'))!;
    const listed = ofWeb
      .filter(({ url }) => url !== '/*' && url !== '/lamp/:light/manifest.webmanifest')
      .flatMap(({ method, url }) => [method].flat().map((one) => `${one} ${url.replace(/:(\w+)/g, '{$1}')}`))
      .filter((route) => !route.startsWith('HEAD '));
    const documented = operationsOf(body).map(({ path, method }) => `${method.toUpperCase()} ${path}`);
    expect([...documented].sort()).toEqual([...new Set(listed)].sort());
    expect(listed).toContain('POST /api/lights/{id}/flash');
  });

  it('says of each who may call it, what it takes, answers and refuses with', async () => {
    const { ask } = await startWeb(ends, text);
    const { body } = await ask<Document>('GET', '/api/openapi.json');
    expect(body.openapi).toBe('3.1.0');
    for (const { path, method, operation } of operationsOf(body)) {
      const name = `${method} ${path}`;
      expect([name, operation.summary]).toEqual([name, expect.stringMatching(/\w/)]);
      expect([name, Object.keys(operation.responses).some((status) => Number(status) < 400)]).toEqual([
        name,
        true,
      ]);
      if (operation['x-access'] !== 'open')
        expect([name, operation.responses]).toEqual([
          name,
          expect.objectContaining({ 401: expect.anything(), 403: expect.anything() }),
        ]);
      for (const [, key] of path.matchAll(/\{(\w+)\}/g)) {
        expect([name, operation.parameters.map((parameter) => parameter.name)]).toEqual([
          name,
          expect.arrayContaining([key]),
        ]);
      }
      // An object of which nothing is known says nothing.
      for (const { content } of Object.values(operation.responses)) {
        for (const { schema } of Object.values(content ?? {})) {
          expect([name, JSON.stringify(schema)]).not.toEqual([
            name,
            expect.stringMatching(/"type":"object","properties":\{\}/),
          ]);
        }
      }
    }
  });

  it('says no more and no less than what the routes answer to bad input', async () => {
    const { ask, page } = await startWeb(ends, text);
    const { body: document } = await ask<Document>('GET', '/api/openapi.json');
    for (const { path, method, operation } of operationsOf(document)) {
      if (path === '/api/session' && method === 'delete') continue;
      const verb = method.toUpperCase();
      const check = (answer: { status: number; body: unknown }, how: string) => {
        const name = `${verb} ${path}, ${how}: ${JSON.stringify(answer.body).slice(0, 200)}`;
        expect([name, answer.status]).not.toEqual([name, 500]);
        expect([name, wrongIn(document, operation, answer)]).toEqual([name, undefined]);
        if (answer.status < 400 || typeof answer.body === 'string' || path === '/readyz') return;
        const { error } = answer.body as { error: string };
        expect([name, error]).toEqual([name, expect.stringMatching(/^\S[^\n]*[.!?]$/)]);
      };
      const filled = (id: string) => path.replace(/\{\w+\}/g, encodeURIComponent(id));
      const empty = operation.requestBody ? {} : undefined;
      // Nobody.
      if (operation['x-access'] !== 'open') {
        const nobody = await ask(verb, filled('door'), empty);
        check(nobody, 'as nobody');
        expect([path, nobody.status]).toEqual([path, 401]);
        const nonsense = { authorization: 'Bearer nonsense' };
        check(await ask(verb, filled('door'), empty, nonsense), 'with a wrong token');
      }
      if (path.endsWith('/events')) continue;
      // Another site's page.
      if (method !== 'get') {
        const foreign = await page(verb, filled('door'), empty, { origin: 'https://evil.example' });
        check(foreign, 'from another site');
        expect([path, foreign.status]).toEqual([path, 403]);
      }
      // Signed in, with ids, questions and bodies that are none.
      for (const id of path.includes('{') ? ['nothing-like-this', '..%2f..', 'Ä', 'x'.repeat(200)] : []) {
        check(await page(verb, filled(id), empty), `id ${id.slice(0, 20)}`);
      }
      for (const { name, in: place } of operation.parameters) {
        if (place !== 'query') continue;
        for (const query of [
          '',
          `?${name}=`,
          `?${name}=${'x'.repeat(5_000)}`,
          '?other=1',
          `?${name}=a&${name}=b`,
        ]) {
          check(await page(verb, `${filled('door')}${query}`, empty), `query ${query.slice(0, 30)}`);
        }
      }
      if (!operation.requestBody) continue;
      for (const wrong of wrongBodies) {
        check(await raw(page, verb, filled('door'), wrong), `body ${wrong}`);
      }
      const long = await raw(page, verb, filled('door'), JSON.stringify('x'.repeat(70_000)));
      check(long, 'a body that is too long');
      const plain = await page(verb, filled('door'), {}, { 'content-type': 'text/csv' });
      check(plain, 'a body of another type');
    }
  }, 120_000);

  it('says what is really answered, key by key', async () => {
    const { microsoft } = await startTenant(ends);
    const { ask, page, keys, urls, bridge } = await startWeb(ends, `${microsoft}\n${text}`);
    const { body: document } = await ask<Document>('GET', '/api/openapi.json');
    plugInLamp(ends, 'door', keys.get('door')!, urls.probePort!);
    await eventually(() => {
      expect(bridge.view.light('door')).toMatchObject({ online: true, state: {} });
      expect(bridge.view.health().signIn).toBe('ok');
    });
    const answered: string[] = [];
    const check = async (method: string, path: string, body?: object, headers = {}) => {
      const id = path.startsWith('/api/people') ? 'alice' : 'door';
      const query = path === '/api/directory' ? '?search=ali' : '';
      const filled = path.replace('{id}', id).replace('{account}', 'main') + query;
      const answer = await page<{ path: string }>(method, filled, body, headers);
      const name = `${method} ${filled} ${answer.status} ${JSON.stringify(answer.body).slice(0, 300)}`;
      const operation = document.paths[path]![method.toLowerCase()]!;
      expect([name, wrongIn(document, operation, answer)]).toEqual([name, undefined]);
      if (answer.status < 300) answered.push(path);
      return answer.body;
    };
    const linkTo = async (link: object) => {
      const { path } = await check('POST', '/api/links', link);
      return { authorization: `Bearer ${path.split('/').at(-1)}` };
    };
    await check('GET', '/api/board', undefined, await linkTo({ kind: 'board' }));
    const mine = await linkTo({ kind: 'person', person: 'alice' });
    await check('GET', '/api/me', undefined, mine);
    await check('PUT', '/api/me/share', { share: 'status' }, mine);
    await check('POST', '/api/tokens', { name: 'script', scope: 'read' });
    await check('POST', '/api/people/{id}/set', { status: 'dnd' });
    await check('POST', '/api/lights/{id}/set', { state: 'OFF' });
    await check('POST', '/api/lights/{id}/config', { bridge: '127.0.0.1' });
    await check('POST', '/api/updates', {});
    for (const { path, method, operation } of operationsOf(document)) {
      const isOurs = !['person', 'board', 'lamp'].includes(operation['x-access']);
      if (method === 'get' && isOurs && !path.endsWith('/events')) await check('GET', path);
    }
    expect(answered).toEqual(
      expect.arrayContaining(['/api/graph', '/api/sign-in', '/api/directory', '/api/updates', '/api/links']),
    );
    expect(answered.length).toBeGreaterThan(28);
  }, 60_000);

  it('is of the demo, too, and of a bridge that is not set up', async () => {
    const { ask, page } = await startWeb(ends, '');
    expect((await ask('GET', '/api/openapi.json')).status).toBe(200);
    for (const path of ['/api/sign-in', '/api/graph', '/api/directory?search=a']) {
      expect(await page('GET', path)).toMatchObject({ status: 409, body: { need: 'set-up' } });
    }
    expect((await page('GET', '/readyz')).body).toEqual({ ready: false, missing: ['set-up'] });
    expect((await page('GET', '/healthz')).status).toBe(200);
  });
});

/** A body as it is, whether or not it is JSON. */
async function raw(
  page: Awaited<ReturnType<typeof startWeb>>['page'],
  verb: string,
  path: string,
  body: string,
): Promise<{ status: number; body: unknown }> {
  const fetchRaw = globalThis.fetch;
  const send: typeof fetch = (url, init) => fetchRaw(url, { ...init, body });
  globalThis.fetch = send;
  try {
    return await page(verb, path, {});
  } finally {
    globalThis.fetch = fetchRaw;
  }
}
