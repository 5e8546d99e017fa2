/** The first evening: what to click in Entra, whether the tenant is there, who is in it. */
import type { FastifyInstance } from 'fastify';
import { type Static, Type } from 'typebox';
import type { MicrosoftPort, SetUpPort } from '../ports.ts';
import { Fault, maybe, strict, word } from '../schemas.ts';
import type { View } from '../view.ts';

const Permission = Type.Object({
  name: Type.String(),
  type: word(['delegated', 'application']),
  why: Type.String(),
  adminConsent: Type.Boolean(),
});
const registration = {
  permissions: Type.Array(Permission),
  portalUrl: Type.String(),
  consentUrl: maybe(Type.String()),
};
const Step = Type.Object({ done: Type.Boolean() });
const SetUp = Type.Object({
  setUp: Type.Boolean(),
  steps: Type.Object({ microsoft: Step, signIn: Step, people: Step, lights: Step }),
  registration: Type.Object({ ...registration, redirectUris: Type.Array(Type.String()) }),
});
const Tenant = strict({
  tenant: Type.String({ minLength: 1, maxLength: 200 }),
  clientId: Type.String({ minLength: 1, maxLength: 100 }),
  cloud: Type.Optional(word(['global', 'usgov', 'dod'])),
  signIn: Type.Optional(word(['device-code', 'browser', 'app'])),
  authorityUrl: Type.Optional(Type.String({ maxLength: 300, pattern: '^https://[^/\\s]+/?$' })),
  caFile: Type.Optional(Type.String({ maxLength: 300 })),
});
const Search = strict({ search: Type.String({ minLength: 1, maxLength: 100 }) });
const Found = Type.Array(
  Type.Object({
    user: Type.String({ description: 'user principal name' }),
    objectId: Type.String(),
    name: Type.String(),
    job: maybe(Type.String()),
    known: maybe(Type.String({ description: 'the id under people: of who is there already' })),
  }),
);

export function setUpRoutes(
  app: FastifyInstance,
  { view, setUp, microsoft }: { view: View; setUp: SetUpPort; microsoft: () => MicrosoftPort | undefined },
): void {
  app.get(
    '/api/setup',
    {
      config: { access: 'admin' },
      schema: { summary: 'How far the set-up is, and what to do in Entra', response: { 200: SetUp } },
    },
    (request) => {
      const missing = view.missing();
      const isSetUp = missing.includes('set-up');
      const origin =
        request.protocol === 'https' ? `https://${request.host}` : `http://localhost:${request.port}`;
      return {
        setUp: isSetUp,
        steps: {
          microsoft: { done: !isSetUp },
          signIn: { done: !isSetUp && !missing.includes('sign-in') },
          people: { done: view.people().length > 0 },
          lights: { done: view.lights().length > 0 },
        },
        registration: { ...setUp.registration(), redirectUris: [`${origin}/api/sign-in/back`] },
      };
    },
  );
  app.post<{ Body: Static<typeof Tenant> }>(
    '/api/setup/microsoft/check',
    {
      config: { access: 'fresh' },
      schema: {
        summary: 'Asks Microsoft whether there is such a tenant; saves nothing',
        body: Tenant,
        response: { 200: Type.Object({ tenantId: Type.String(), ...registration }) },
      },
    },
    async ({ body }, reply) => {
      const { cloud = 'global', signIn = 'device-code', ...rest } = body;
      const result = await setUp.checkTenant({ ...rest, cloud, signIn });
      if (result.ok) {
        const { ok: _, ...answer } = result;
        return reply.send(answer);
      }
      const { error, field } = result;
      return reply.code(400).send({ error, fields: [{ path: `microsoft/${field}`, message: error }] });
    },
  );
  app.get<{ Querystring: Static<typeof Search> }>(
    '/api/directory',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'People of the tenant whose name or address begins so; at most 10',
        querystring: Search,
        response: { 200: Found, 409: Fault, 502: Fault },
      },
    },
    async ({ query }, reply) => {
      const side = microsoft();
      if (!side) return reply.code(409).send(notSetUp);
      try {
        return await side.search(query.search);
      } catch (error) {
        const { message, need } = error as Error & { need?: string };
        return reply.code(need ? 409 : 502).send({ error: message, ...(need ? { need } : {}) });
      }
    },
  );
}

export const notSetUp = { error: 'There is no microsoft: section yet: set it up first.', need: 'set-up' };
