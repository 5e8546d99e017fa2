/** The page, built as the product builds it, over a bridge of a few lines whose every event the test decides. */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { build } from 'esbuild';

const folder = new URL('../../bridge/web/page/', import.meta.url);

export const people = [
  {
    id: 'alice',
    name: 'Alice Ng',
    status: 'available',
    since: '2026-11-23T09:00:00Z',
    checkedAt: '2026-11-23T09:00:00Z',
    fresh: true,
  },
  { id: 'bob', name: 'Bob Okafor', status: 'unknown', since: null, checkedAt: null, fresh: false },
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
  { ...light, id: 'door-alice', name: 'Room 204', shows: ['alice'] },
  { ...light, id: 'door-bob', name: 'Room 206', shows: ['bob'], online: false },
];

/** `posts` grows by each POST; `send` tells all open pages; `breakOff` ends their streams and refuses new ones. */
export async function startMock() {
  const bundle = await build({
    entryPoints: [new URL('page.tsx', folder).pathname],
    bundle: true,
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    write: false,
  });
  const files: Record<string, [type: string, body: string | Uint8Array]> = {
    '/': ['text/html', await readFile(new URL('index.html', folder))],
    '/page.css': ['text/css', await readFile(new URL('page.css', folder))],
    '/page.js': ['text/javascript', bundle.outputFiles[0]!.contents],
    '/api/info': ['application/json', JSON.stringify({ version: '0.1.0', demo: true })],
    '/api/people': ['application/json', JSON.stringify(people)],
    '/api/lights': ['application/json', JSON.stringify(lights)],
  };
  const posts: { path: string; body: unknown }[] = [];
  const streams = new Set<ServerResponse>();
  let broken = false;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url!;
    if (request.method === 'POST') {
      let text = '';
      for await (const part of request) text += part;
      posts.push({ path, body: JSON.parse(text) });
      response.writeHead(204).end();
    } else if (path === '/api/events' && !broken) {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(': here\n\n');
      streams.add(response);
      response.on('close', () => streams.delete(response));
    } else {
      const [type, body] = files[path] ?? ['text/plain', ''];
      response.writeHead(files[path] ? 200 : 503, { 'content-type': type, 'content-security-policy': csp });
      response.end(body);
    }
  }

  const server = createServer((request, response) => void answer(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    posts,
    send(event: string, data: unknown): void {
      for (const stream of streams) stream.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    },
    breakOff(): void {
      broken = true;
      for (const stream of streams) stream.destroy();
    },
    mend(): void {
      broken = false;
    },
    stop(): void {
      server.closeAllConnections();
      server.close();
    },
  };
}

const csp =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'";
