/** /api/openapi.json, made of the routes themselves: what is not registered is not in it, and the other way round. */

import { STATUS_CODES } from 'node:http';
import type { FastifyInstance, RouteOptions } from 'fastify';
import { type TSchema, Type } from 'typebox';
import type { Access } from './access.ts';
import { Fault } from './schemas.ts';

declare module 'fastify' {
  interface FastifySchema {
    /** One line for the reader of the document. */
    summary?: string;
  }
  interface FastifyContextConfig {
    /** Of an answer that is no JSON. */
    produces?: string;
    /** A page or a file, and not of the interface. */
    isPage?: boolean;
    /** What the body is, where the handler says itself what is wrong with it. */
    takes?: TSchema;
  }
}

/** The document in its own words. */
export const Document = Type.Object(
  {
    openapi: Type.Literal('3.1.0'),
    info: Type.Object({ title: Type.String(), version: Type.String() }, { additionalProperties: true }),
    paths: Type.Record(Type.String(), Type.Record(Type.String(), Type.Unknown())),
    components: Type.Record(Type.String(), Type.Unknown()),
  },
  { description: 'OpenAPI 3.1' },
);

interface Operation {
  path: string;
  method: string;
  route: RouteOptions;
}

const security: Record<Access, object[]> = {
  open: [],
  read: [{ session: [] }, { token: [] }],
  control: [{ session: [] }, { token: [] }],
  admin: [{ session: [] }, { token: [] }],
  fresh: [{ session: [] }, { token: [] }],
  person: [{ link: [] }],
  board: [{ link: [] }],
  lamp: [{ lamp: [] }],
};

/** Called before the first route is registered; the result is the document of all routes until then. */
export function collectRoutes(app: FastifyInstance, version: string): () => object {
  const operations: Operation[] = [];
  app.addHook('onRoute', (route) => {
    if (route.config?.isPage) return;
    for (const method of [route.method].flat()) {
      if (method !== 'HEAD') operations.push({ path: route.url, method: method.toLowerCase(), route });
    }
  });
  return () => documentOf(operations, version);
}

function documentOf(operations: readonly Operation[], version: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const { path, method, route } of operations) {
    const key = path.replace(/:(\w+)/g, '{$1}');
    paths[key] ??= {};
    paths[key][method] = operationOf(method, route);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Doorlight',
      version,
      license: { name: 'MIT', identifier: 'MIT' },
      description: 'Every refusal is one plain sentence in `error`. Presence and lights: docs/api.md.',
    },
    paths,
    components: {
      schemas: { Fault },
      securitySchemes: {
        session: { type: 'apiKey', in: 'cookie', name: 'doorlight' },
        token: { type: 'http', scheme: 'bearer', description: 'an API token, minted on the page' },
        link: { type: 'http', scheme: 'bearer', description: 'the token of a personal or a board link' },
        lamp: { type: 'apiKey', in: 'cookie', name: 'doorlight-lamp' },
      },
    },
  };
}

function operationOf(method: string, { schema = {}, config }: RouteOptions): object {
  const access = config?.access ?? 'open';
  const body = config?.takes ?? (schema.body as TSchema | undefined);
  const produces = config?.produces ?? 'application/json';
  const good = Object.entries((schema.response ?? {}) as Record<string, TSchema>);
  const bad = [
    ...(body || schema.params || schema.querystring ? [400] : []),
    ...(access === 'open' ? [] : [401]),
    ...(access === 'open' && method === 'get' ? [] : [403]),
    ...(schema.params ? [404] : []),
    ...(body ? [413, 415] : []),
    500,
  ].filter((status) => !good.some(([known]) => Number(known) === status));
  const responses = [
    ...good.map(([status, answer]): [string, object] => [status, responseOf(status, answer, produces)]),
    ...bad.map((status): [string, object] => [String(status), refusal(status)]),
  ].sort(([a], [b]) => Number(a) - Number(b));
  return {
    ...(schema.summary ? { summary: schema.summary } : {}),
    'x-access': access,
    security: security[access],
    parameters: [
      ...parametersOf('path', schema.params as Fields | undefined),
      ...parametersOf('query', schema.querystring as Fields | undefined),
      ...parametersOf('header', schema.headers as Fields | undefined),
    ],
    ...(body ? { requestBody: { required: true, content: { 'application/json': { schema: body } } } } : {}),
    responses: Object.fromEntries(responses),
  };
}

type Fields = { properties?: Record<string, object>; required?: readonly string[] };

const parametersOf = (place: string, fields: Fields | undefined): object[] =>
  Object.entries(fields?.properties ?? {}).map(([name, schema]) => ({
    name,
    in: place,
    required: place === 'path' || (fields?.required ?? []).includes(name),
    schema,
  }));

function responseOf(status: string, answer: TSchema & { type?: string }, produces: string): object {
  if (Number(status) >= 400 && (answer as unknown) === Fault) return refusal(Number(status));
  const described = { description: STATUS_CODES[status] ?? 'Answer' };
  if (answer.type === 'null') return described;
  return { ...described, content: { [produces]: { schema: answer } } };
}

const refusal = (status: number): object => ({
  description: STATUS_CODES[status] ?? 'Refused',
  content: { 'application/json': { schema: { $ref: '#/components/schemas/Fault' } } },
});
