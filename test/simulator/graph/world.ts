import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, fetch, type RequestInit } from 'undici';
import { systemClock } from '../../../protocol/clock.ts';
import { clientId, createGraphStandIn, type GraphStandInOptions } from '../../../simulator/graph/stand-in.ts';

export interface Answer {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: answers are looked into freely
  body: any;
}

export interface World {
  graphUrl: string;
  controlUrl: string;
  caFile: string;
  ca: string;
  /** undici's fetch, trusting the stand-in's authority; redirects are not followed. */
  fetch(url: string, init?: RequestInit): Promise<Response>;
  graph(method: string, path: string, token?: string, body?: unknown): Promise<Answer>;
  control(method: string, path: string, body?: unknown): Promise<Answer>;
  /** The token endpoint's answer. */
  token(form: Record<string, string>): Promise<Answer>;
  /** Signs in by authorization code and PKCE; the token endpoint's answer. */
  signIn(scope: string, options?: { user?: string; client?: string; secret?: string }): Promise<Answer>;
  appToken(client?: string): Promise<string>;
  restart(): Promise<void>;
  stopServers(): Promise<void>;
  close(): Promise<void>;
}

/** A running stand-in in a directory of its own, and short ways to talk to it. */
export async function createWorld(options: Partial<GraphStandInOptions> = {}): Promise<World> {
  const dataDir = await mkdtemp(join(tmpdir(), 'doorlight-graph-'));
  const standIn = createGraphStandIn({ clock: systemClock, port: 0, controlPort: 0, dataDir, ...options });
  const addresses = await standIn.start();
  const ca = await readFile(addresses.caFile, 'utf8');
  const agent = new Agent({ connect: { ca } });

  const send: World['fetch'] = (url, init = {}) =>
    fetch(url, { redirect: 'manual', ...init, dispatcher: agent }) as unknown as Promise<Response>;

  async function answer(response: Response): Promise<Answer> {
    const text = await response.text();
    const json = (response.headers.get('content-type') ?? '').includes('json');
    return { status: response.status, headers: response.headers, body: json ? JSON.parse(text) : text };
  }

  function json(method: string, body: unknown, headers: Record<string, string>): RequestInit {
    if (body === undefined) return { method, headers };
    return {
      method,
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    };
  }

  const token: World['token'] = async (form) =>
    answer(
      await send(`${addresses.graphUrl}/contoso.onmicrosoft.com/oauth2/v2.0/token`, {
        method: 'POST',
        body: new URLSearchParams(form),
      }),
    );

  return {
    ...addresses,
    ca,
    fetch: send,
    graph: async (method, path, bearer, body) => {
      const headers = bearer === undefined ? {} : { authorization: `Bearer ${bearer}` };
      const url = path.startsWith('https') ? path : `${addresses.graphUrl}/v1.0${path}`;
      return answer(await send(url, json(method, body, headers)));
    },
    control: async (method, path, body) =>
      answer(await send(addresses.controlUrl + path, json(method, body, {}))),
    token,
    async signIn(scope, { user = 'doorlight@contoso.com', client = clientId, secret } = {}) {
      const verifier = randomBytes(32).toString('base64url');
      const query = new URLSearchParams({
        client_id: client,
        response_type: 'code',
        redirect_uri: 'http://localhost/back',
        scope,
        login_hint: user,
        code_challenge: createHash('sha256').update(verifier).digest('base64url'),
        code_challenge_method: 'S256',
      });
      const page = await send(`${addresses.graphUrl}/common/oauth2/v2.0/authorize?${query}`);
      const code = new URL(page.headers.get('location') ?? '').searchParams.get('code') ?? '';
      return await token({
        grant_type: 'authorization_code',
        client_id: client,
        code,
        redirect_uri: 'http://localhost/back',
        code_verifier: verifier,
        ...(secret === undefined ? {} : { client_secret: secret }),
      });
    },
    async appToken(client = clientId) {
      const form = {
        grant_type: 'client_credentials',
        client_id: client,
        client_secret: 'secret',
        scope: 'https://graph.microsoft.com/.default',
      };
      return (await token(form)).body.access_token;
    },
    restart: async () => {
      await standIn.stop();
      await standIn.start();
    },
    stopServers: () => standIn.stop(),
    async close() {
      await standIn.stop();
      await agent.destroy();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
