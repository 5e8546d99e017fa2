/** doorlight.yaml over HTTP: read, changed by path, never overwriting what somebody else changed since. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import type { ChangeOutcome, ConfigPort } from '../ports.ts';
import { Fault, strict } from '../schemas.ts';

/** Where a wrong hand could point Microsoft, passwords or presences elsewhere. */
const sensitive = /^(microsoft|source|mqtt|web|hooks|notify)(\/|$)/;

const Changes = strict({
  changes: Type.Array(
    strict({
      path: Type.String({
        maxLength: 300,
        description: 'keys joined by slashes; in people, groups, lights and mqtt/users the id',
      }),
      value: Type.Unknown({ description: 'null takes it away; ******** leaves a secret as it is' }),
    }),
    { minItems: 1, maxItems: 200 },
  ),
});
const open = { additionalProperties: true };
const anything = { properties: Type.Record(Type.String(), Type.Unknown()) };
const View = Type.Object({
  value: Type.Record(Type.String(), Type.Unknown(), {
    description: 'the file with defaults filled in; /api/config/schema says what may be there',
  }),
  file: Type.String(),
  etag: Type.String(),
  editable: Type.Boolean(),
  why: Type.Optional(Type.String()),
  refused: Type.Optional(Type.String()),
  restart: Type.Array(Type.String()),
  minted: Type.Optional(
    Type.Array(
      Type.Object({
        light: Type.String(),
        key: Type.Optional(Type.String()),
        username: Type.Optional(Type.String()),
        password: Type.Optional(Type.String()),
      }),
    ),
  ),
});

export function configRoutes(
  app: FastifyInstance,
  config: ConfigPort,
  isFresh: (request: FastifyRequest) => boolean,
): void {
  const withTag = (reply: FastifyReply, more: object = {}) => {
    const view = config.view();
    return reply.header('etag', view.etag).send({ ...view, ...more });
  };

  app.get(
    '/api/config',
    { config: { access: 'admin' }, schema: { summary: 'The configuration', response: { 200: View } } },
    (_request, reply) => withTag(reply),
  );
  app.get(
    '/api/config/schema',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'The JSON Schema of the configuration',
        response: { 200: Type.Object({ $schema: Type.String(), title: Type.String(), ...anything }, open) },
      },
    },
    () => config.schema,
  );
  app.post<{ Body: Static<typeof Changes> }>(
    '/api/config/check',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'What a change would be refused for; changes nothing',
        body: Changes,
        response: { 200: Type.Object({ ok: Type.Literal(true) }) },
      },
    },
    ({ body }, reply) => {
      const outcome = config.check(body.changes);
      return outcome.ok ? reply.send({ ok: true }) : refuseChange(reply, outcome);
    },
  );
  app.patch<{ Body: Static<typeof Changes> }>(
    '/api/config',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Changes the configuration, all or nothing; in force at once but for what `restart` names',
        headers: Type.Object({ 'if-match': Type.Optional(Type.String({ description: 'the ETag' })) }),
        body: Changes,
        response: { 200: View, 403: Fault, 412: Fault, 428: Fault },
      },
    },
    async (request, reply) => {
      const { changes } = request.body;
      const etag = request.headers['if-match'];
      if (!etag) return reply.code(428).send({ error: 'Send If-Match with the ETag of what was changed.' });
      if (changes.some(({ path }) => sensitive.test(path)) && !isFresh(request)) {
        return reply.code(403).send({ error: 'Give the password again for this.', need: 'password' });
      }
      const outcome = await config.change(changes, etag);
      if (!outcome.ok) return refuseChange(reply, outcome);
      return withTag(reply, outcome.minted.length > 0 ? { minted: outcome.minted } : {});
    },
  );
}

/** Why a change was not made, as an answer. */
export function refuseChange(
  reply: FastifyReply,
  outcome: Extract<ChangeOutcome, { ok: false }>,
): FastifyReply {
  const { error } = outcome;
  if (outcome.refused === 'wrong') return reply.code(400).send({ error, fields: outcome.fields });
  if (outcome.refused === 'stale') return reply.code(412).send({ error, stale: true });
  return reply.code(403).send({ error, readOnly: true });
}
