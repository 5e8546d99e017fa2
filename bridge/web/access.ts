/** Who may call a route. Each route names its tier (`config.access`), and one without cannot be registered. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Grant, Grants } from './grants.ts';
import type { Sessions } from './sessions.ts';

/**
 * `open`: everybody. `read`, `control`, `admin`: a session, or an API token of that scope. `fresh`: a session whose
 * password was given lately, or an admin token. `person`, `board`: the token of such a link. `lamp`: a paired device.
 */
export type Access = 'open' | 'read' | 'control' | 'admin' | 'fresh' | 'person' | 'board' | 'lamp';

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access;
  }
  interface FastifyRequest {
    /** The link or pairing that this came with. */
    grant: Grant | null;
  }
}

export const sessionCookie = 'doorlight';
export const lampCookie = 'doorlight-lamp';

const scopes = ['read', 'control', 'admin'];

export interface Guard {
  /** Nothing = no log-in: the demo. */
  sessions: Sessions | undefined;
  grants: Grants;
}

export function guardRoutes(app: FastifyInstance, { sessions, grants }: Guard): void {
  app.decorateRequest('grant', null);
  app.addHook('onRoute', ({ url, config }) => {
    if (!config?.access) throw new Error(`The route ${url} says not who may call it.`);
  });
  app.addHook('onRequest', (request, reply, done) => {
    const access = request.routeOptions.config.access;
    if (!access) return done();
    const refusal = isForeign(request) ? foreign : refusalOf(access, request);
    if (!refusal) return done();
    return reply.code(refusal.status).send(refusal.body);
  });

  function refusalOf(access: Access, request: FastifyRequest): Refusal | undefined {
    if (access === 'open') return undefined;
    const bearer = bearerOf(request);
    if (access === 'person' || access === 'board') {
      request.grant = grants.find(bearer, access) ?? null;
      return request.grant ? undefined : linkGone;
    }
    if (access === 'lamp') {
      const light = (request.params as { light?: string }).light;
      const grant = grants.find(cookieOf(request, lampCookie), 'lamp');
      request.grant = grant ?? null;
      return grant && grant.of === light ? undefined : notPaired;
    }
    if (!sessions) return undefined;
    if (bearer) {
      const token = grants.find(bearer, 'api');
      if (!token) return unknownToken;
      const needed = scopes.indexOf(access === 'fresh' ? 'admin' : access);
      return scopes.indexOf(token.scope ?? '') >= needed ? undefined : narrowToken;
    }
    const session = cookieOf(request, sessionCookie);
    if (!sessions.isOpen(session)) return signInFirst;
    return access === 'fresh' && !sessions.isFresh(session) ? passwordFirst : undefined;
  }
}

interface Refusal {
  status: number;
  body: { error: string; need?: string };
}

const refuse = (status: number, error: string, need?: string): Refusal => ({
  status,
  body: { error, ...(need ? { need } : {}) },
});
const foreign = refuse(403, 'A page of another site may not do this.');
const linkGone = refuse(401, 'This link is no longer good: ask for a new one.');
const notPaired = refuse(401, 'This device is not paired with this light: open its pairing link.');
const unknownToken = refuse(401, 'This token is not known: make a new one on the page.');
const narrowToken = refuse(403, 'The scope of this token does not allow this.');
const signInFirst = refuse(401, 'Sign in first.');
const passwordFirst = refuse(403, 'Give the password again for this.', 'password');

/** Whether a page of another site caused a request that changes something (browsers say where it came from). */
function isForeign({ method, headers, host }: FastifyRequest): boolean {
  if (method === 'GET' || method === 'HEAD' || method === 'OPTIONS') return false;
  const { origin } = headers;
  if (origin !== undefined) return origin === 'null' || hostOf(origin) !== host;
  const site = headers['sec-fetch-site'];
  return site !== undefined && site !== 'same-origin' && site !== 'none';
}

function hostOf(origin: string): string {
  try {
    return new URL(origin).host;
  } catch {
    return '';
  }
}

export function bearerOf({ headers }: FastifyRequest): string {
  return /^Bearer ([\w-]{1,200})$/i.exec(headers.authorization ?? '')?.[1] ?? '';
}

export function cookieOf(request: FastifyRequest, name: string): string {
  const cookies = (request.headers.cookie ?? '').split(';').map((part) => part.trim().split('='));
  return cookies.find(([key]) => key === name)?.[1] ?? '';
}

/** SameSite=Strict: other sites cannot have it sent. `Secure` where the page is on HTTPS. */
export function setCookie(
  reply: FastifyReply,
  cookie: { name: string; value: string; path?: string; maxAge?: number },
): FastifyReply {
  const { name, value, path = '/', maxAge } = cookie;
  const secure = reply.request.protocol === 'https' ? '; Secure' : '';
  const age = maxAge === undefined ? '' : `; Max-Age=${maxAge}`;
  return reply.header(
    'set-cookie',
    `${name}=${value}; Path=${path}; HttpOnly; SameSite=Strict${secure}${age}`,
  );
}
