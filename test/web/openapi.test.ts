import { afterEach, describe, expect, it } from 'vitest';
import { type Ends, endAll } from '../system/kit.ts';
import { startWeb } from './kit.ts';

const ends: Ends = [];
afterEach(() => endAll(ends));

interface Operation {
  'x-access': string;
  summary?: string;
  requestBody?: object;
  parameters: { name: string; in: string }[];
  responses: Record<string, { description?: string; content?: object }>;
}
interface Document {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
}

const text = `
people: [{ id: alice, user: alice@contoso.com }]
lights: [{ id: door, kind: espruino, shows: [alice] }, { id: tablet, kind: page, shows: [alice] }]
`;
/** No route may be thrown off by what is sent in place of what it takes. */
const wrongBodies = ['{', 'null', '[]', '"text"', '{"nothing":1}', '{"__proto__":{"x":1}}', '7'];

describe('the OpenAPI document', () => {
  it('has every route, each with who may call it and what it refuses with', async () => {
    const { ask } = await startWeb(ends, text);
    const { body } = await ask<Document>('GET', '/api/openapi.json');
    expect(body.openapi).toBe('3.1.0');
    const all = Object.entries(body.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
    );
    expect(all.length).toBeGreaterThan(45);
    for (const { path, method, operation } of all) {
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
    }
  });

  it('says no more and no less than what the routes answer to bad input', async () => {
    const { ask, page } = await startWeb(ends, text);
    const { body: document } = await ask<Document>('GET', '/api/openapi.json');
    for (const [path, methods] of Object.entries(document.paths)) {
      for (const [method, operation] of Object.entries(methods)) {
        if (path === '/api/session' && method === 'delete') continue;
        const verb = method.toUpperCase();
        const check = (answer: { status: number; body: unknown }, how: string) => {
          const name = `${verb} ${path}, ${how}: ${JSON.stringify(answer.body).slice(0, 200)}`;
          expect([name, answer.status]).not.toEqual([name, 500]);
          expect([name, Object.keys(operation.responses)]).toEqual([
            name,
            expect.arrayContaining([String(answer.status)]),
          ]);
          if (answer.status < 400 || path === '/api/sign-in/back' || path === '/readyz') return;
          const { error } = answer.body as { error: string };
          expect([name, error]).toEqual([name, expect.stringMatching(/^\S[^\n]*[.!?]$/)]);
        };
        const isStream = path.endsWith('/events');
        const filled = (id: string) => path.replace(/\{\w+\}/g, encodeURIComponent(id));
        // Nobody.
        if (operation['x-access'] !== 'open') {
          const nobody = await ask(verb, filled('door'), operation.requestBody ? {} : undefined);
          check(nobody, 'as nobody');
          expect([path, nobody.status]).toEqual([path, 401]);
          check(
            await ask(verb, filled('door'), operation.requestBody ? {} : undefined, {
              authorization: 'Bearer nonsense',
            }),
            'with a wrong token',
          );
        }
        if (isStream) continue;
        // Another site's page.
        if (method !== 'get') {
          const foreign = await page(verb, filled('door'), operation.requestBody ? {} : undefined, {
            origin: 'https://evil.example',
          });
          check(foreign, 'from another site');
          expect([path, foreign.status]).toEqual([path, 403]);
        }
        // Signed in, with ids that are none, and with bodies that are none.
        for (const id of ['nothing-like-this', '..%2f..', 'Ä', 'x'.repeat(200)]) {
          if (!path.includes('{')) continue;
          check(
            await page(verb, filled(id), operation.requestBody ? {} : undefined),
            `id ${id.slice(0, 20)}`,
          );
        }
        if (!operation.requestBody) continue;
        for (const wrong of wrongBodies) {
          check(await raw(page, verb, filled('door'), wrong), `body ${wrong}`);
        }
      }
    }
  }, 120_000);

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
