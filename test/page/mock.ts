/** The page, built as the product builds it, over a bridge of a few lines whose every word the test decides. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildPage } from '../../bridge/web/page-build.ts';

const source = fileURLToPath(new URL('../../bridge/web/page', import.meta.url));
const types: Record<string, string> = { js: 'text/javascript', css: 'text/css', svg: 'image/svg+xml' };

export const people = [
  {
    id: 'alice',
    name: 'Alice Ng',
    status: 'available',
    since: '2026-11-23T09:00:00Z',
    checkedAt: '2026-11-23T09:00:00Z',
    fresh: true,
    source: 'push',
    override: null,
  },
  {
    id: 'bob',
    name: 'Bob Okafor',
    status: 'unknown',
    since: null,
    checkedAt: null,
    fresh: false,
    source: 'none',
    override: null,
  },
];
const green = {
  state: 'ON',
  color_mode: 'rgb',
  color: { r: 0, g: 255, b: 0 },
  brightness: 255,
  effect: 'solid',
};
const light = { kind: 'espruino', class: 'own', online: true, show: green, state: green };
export const lights = [
  {
    ...light,
    id: 'door-alice',
    name: 'Room 204',
    shows: ['alice'],
    state: { ...green, fw: '1.2.0', rssi: -61, uptime: 7260, ip: '192.0.2.7' },
  },
  { ...light, id: 'door-bob', name: 'Room 206', shows: ['bob'], online: false },
];
export const health = {
  version: '0.1.0',
  startedAt: '2026-11-23T08:00:00Z',
  source: 'push',
  signIn: 'ok',
  subscription: null,
  people: 2,
  lights: { online: 1, total: 2 },
  lastGraphContact: '2026-11-23T09:00:00Z',
};

/** What is answered to a method and a path: a status and a body, and headers of its own. */
export type Reply = { status?: number; body?: unknown; headers?: Record<string, string> };
export type Routes = Record<string, Reply | ((asked: Asked) => Reply)>;
export interface Asked {
  method: string;
  path: string;
  body: unknown;
  headers: IncomingMessage['headers'];
}

/** `asked` grows by each call that changes something; `send` tells all open pages; `breakOff` ends their streams. */
export async function startMock(routes: Routes = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'doorlight-page-'));
  await buildPage(source, folder);
  const all: Routes = {
    'GET /api/info': { body: { version: '0.1.0', demo: true, claimed: true, signedIn: true, setUp: false } },
    ...routes,
  };
  const asked: Asked[] = [];
  const streams = new Set<{ response: ServerResponse; path: string }>();
  let broken = false;

  const write = (response: ServerResponse, event: string, data: unknown) =>
    response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url!;
    const method = request.method!;
    let text = '';
    for await (const part of request) text += part;
    const one = {
      method,
      path,
      body: text ? (JSON.parse(text) as unknown) : undefined,
      headers: request.headers,
    };
    if (method !== 'GET') asked.push(one);
    const route = all[`${method} ${path}`];
    if (route) {
      const { status = 200, body, headers = {} } = typeof route === 'function' ? route(one) : route;
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(body === undefined ? '' : JSON.stringify(body));
    } else if (path.endsWith('/events') && !broken) {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(': here\n\n');
      if (path === '/api/events') {
        for (const person of people) write(response, 'presence', person);
        for (const one of lights) write(response, 'light', one);
        write(response, 'health', health);
      }
      const stream = { response, path };
      streams.add(stream);
      response.on('close', () => streams.delete(stream));
    } else if (path.startsWith('/api/')) {
      response.writeHead(method === 'GET' ? 503 : 204).end();
    } else {
      const name = path.includes('.') ? path.slice(1) : 'index.html';
      const type = types[name.split('.').at(-1)!] ?? 'text/html';
      const body = await readFile(join(folder, name)).catch(() => undefined);
      response.writeHead(body ? 200 : 404, { 'content-type': type, 'content-security-policy': csp });
      response.end(body);
    }
  }

  const server = createServer((request, response) => void answer(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    folder,
    asked,
    routes: all,
    streams: () => streams.size,
    send(event: string, data: unknown): void {
      for (const { response } of streams) write(response, event, data);
    },
    breakOff(): void {
      broken = true;
      for (const { response } of streams) response.destroy();
    },
    mend(): void {
      broken = false;
    },
    stop(): void {
      server.closeAllConnections();
      server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const csp =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; manifest-src 'self'; worker-src 'self'";
