/** Links for people and boards, pairings of phones as lamps, and tokens for scripts. */
import type { FastifyInstance, FastifyReply } from 'fastify';
import { type Static, Type } from 'typebox';
import type { Grants } from '../grants.ts';
import { Fault, Id, LinkView, Minted, Nothing, strict, TokenView, word } from '../schemas.ts';
import type { View } from '../view.ts';

/** A pairing link is opened on the spot. */
const pairingMs = 60 * 60_000;

const Name = Type.String({ minLength: 1, maxLength: 100 });
const LinkBody = strict({
  kind: word(['person', 'board', 'lamp']),
  person: Type.Optional(Id),
  light: Type.Optional(Id),
  name: Type.Optional(Name),
});
const MintedLink = Type.Object({
  id: Type.String(),
  path: Type.String({ description: 'shown once: the secret is in it' }),
  endsAt: Type.Optional(Type.String()),
});
const TokenBody = strict({ name: Name, scope: word(['read', 'control', 'admin']) });
const GrantParams = strict({ id: Type.String({ pattern: '^[0-9a-f]{12}$' }) });

interface Named {
  Params: { id: string };
}

export function linkRoutes(app: FastifyInstance, view: View, grants: Grants): void {
  const wrong = (reply: FastifyReply, path: string, message: string) =>
    reply.code(400).send({ error: message, fields: [{ path, message }] });
  const linkOf = async (body: Static<typeof LinkBody>, reply: FastifyReply) => {
    const { kind, person, light, name } = body;
    if (kind === 'person') {
      const known = view.people().find((one) => one.id === person);
      if (!known) return wrong(reply, 'person', 'There is nobody with this id.');
      const { id, token } = await grants.mint({ kind, of: known.id, name: known.name });
      return reply.code(201).send({ id, path: `/me/${token}` });
    }
    if (kind === 'board') {
      const { id, token } = await grants.mint({ kind, of: null, name: name ?? 'Board' });
      return reply.code(201).send({ id, path: `/board/${token}` });
    }
    const known = view.lights().find((one) => one.id === light);
    if (known?.kind !== 'page') {
      return wrong(reply, 'light', 'There is no light of kind page with this id: add one first.');
    }
    const pairing = { kind: 'pairing' as const, of: known.id, name: known.name, forMs: pairingMs };
    const { id, token, ...ends } = await grants.mint(pairing);
    return reply.code(201).send({ id, path: `/pair/${known.id}#${token}`, ...ends });
  };

  app.get(
    '/api/links',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Links that are good, without their secrets',
        response: { 200: Type.Array(LinkView) },
      },
    },
    () =>
      grants.list().flatMap(({ kind, id, of, name, createdAt, usedAt }) => {
        if (kind === 'api' || kind === 'pairing') return [];
        return [{ kind, id, of, name, createdAt, usedAt }];
      }),
  );
  app.post<{ Body: Static<typeof LinkBody> }>(
    '/api/links',
    {
      config: { access: 'fresh' },
      schema: { summary: 'Makes a link', body: LinkBody, response: { 201: MintedLink, 409: Fault } },
    },
    (request, reply) => linkOf(request.body, reply),
  );
  app.get(
    '/api/tokens',
    {
      config: { access: 'admin' },
      schema: { summary: 'API tokens, without their secrets', response: { 200: Type.Array(TokenView) } },
    },
    () =>
      grants
        .list()
        .flatMap(({ kind, id, name, scope, createdAt, usedAt }) =>
          kind === 'api' ? [{ id, name, scope, createdAt, usedAt }] : [],
        ),
  );
  app.post<{ Body: Static<typeof TokenBody> }>(
    '/api/tokens',
    {
      config: { access: 'fresh' },
      schema: {
        summary: 'Makes an API token, shown once',
        body: TokenBody,
        response: { 201: Minted, 409: Fault },
      },
    },
    async ({ body }, reply) => reply.code(201).send(await grants.mint({ kind: 'api', of: null, ...body })),
  );
  for (const [path, what] of [
    ['/api/links/:id', 'link'],
    ['/api/tokens/:id', 'token'],
  ] as const) {
    app.delete<Named>(
      path,
      {
        config: { access: 'fresh' },
        schema: { summary: `Ends a ${what}`, params: GrantParams, response: { 204: Nothing, 404: Fault } },
      },
      async ({ params: { id } }, reply) => {
        const isToken = grants.list().find((grant) => grant.id === id)?.kind === 'api';
        const found = isToken === (what === 'token') && (await grants.revoke(id));
        return found ? reply.code(204).send() : reply.code(404).send({ error: `There is no such ${what}.` });
      },
    );
  }
}
