/** What was found that could become a light: on USB, and on the network. */
import type { FastifyInstance } from 'fastify';
import { type Static, Type } from 'typebox';
import type { FoundView } from '../../../protocol/found.ts';
import type { FlashJob } from '../../../protocol/updates.ts';
import type { ChangeOutcome } from '../ports.ts';
import { Job } from '../provision-schemas.ts';
import { Fault, Id, maybe, strict, word } from '../schemas.ts';
import { refuseChange } from './config.ts';

const kinds = ['espruino', 'serial', 'hid', 'wled'] as const;
const Ref = Type.String({ minLength: 1, maxLength: 300, description: 'the ref of one in the list' });
const Protocol = Type.String({ pattern: '^[a-z0-9-]{1,32}$', description: 'of a serial or HID light' });
const Found = Type.Object({
  lights: Type.Array(
    Type.Object({
      ref: Type.String(),
      kinds: Type.Array(word(kinds), { description: 'what it can become, the likeliest first' }),
      name: Type.String(),
      at: Type.String({ description: 'a device path or a network address' }),
      protocol: maybe(Type.String()),
      blinks: Type.Boolean({ description: 'whether it can blink without being told a protocol' }),
      light: maybe(Type.String({ description: 'the light of the configuration that it is already' })),
    }),
  ),
  searching: Type.Boolean({ description: 'more may come: ask again in a second' }),
});
const IdentifyBody = strict({ ref: Ref, protocol: Type.Optional(Protocol) });
const AdoptBody = strict({
  ref: Ref,
  id: Id,
  kind: Type.Optional(word(kinds)),
  name: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
  shows: Type.Array(Type.String({ minLength: 1, maxLength: 64 }), { maxItems: 100 }),
  protocol: Type.Optional(Protocol),
  wifi: Type.Optional(
    strict({
      ssid: Type.String({ minLength: 1, maxLength: 32 }),
      password: Type.Optional(Type.String({ minLength: 8, maxLength: 63 })),
    }),
  ),
  bridge: Type.Optional(
    Type.String({
      pattern: '^[A-Za-z0-9._:-]{1,100}$',
      description: 'where the lamp finds the bridge; without it, it asks its network',
    }),
  ),
});
const Adopted = Type.Object({
  id: Type.String(),
  job: Type.Optional(Job),
});

export type Adoption = Static<typeof AdoptBody>;

export interface FoundPort {
  list(): FoundView;
  /** Lets it blink for ten seconds; resolves when it does. */
  identify(
    ref: string,
    protocol: string | undefined,
  ): Promise<{ blinking: true } | { error: string; missing?: boolean }>;
  /** Writes it into the configuration, and does to the device what it needs to become that light. */
  adopt(
    adoption: Adoption,
  ): Promise<
    | { id: string; job?: FlashJob }
    | { refused: 'missing' | 'conflict'; error: string }
    | { refused: 'config'; outcome: Extract<ChangeOutcome, { ok: false }> }
  >;
}

export function foundRoutes(app: FastifyInstance, found: FoundPort): void {
  app.get(
    '/api/found',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'What could become a light: on USB, ESP32 boards too, and WLED lamps on the network',
        response: { 200: Found },
      },
    },
    () => found.list(),
  );
  app.post<{ Body: Static<typeof IdentifyBody> }>(
    '/api/found/identify',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Lets one blink for ten seconds, so that a person finds it',
        body: IdentifyBody,
        response: { 202: Type.Object({ blinking: Type.Boolean() }), 404: Fault, 409: Fault },
      },
    },
    async ({ body }, reply) => {
      const outcome = await found.identify(body.ref, body.protocol);
      if (!('error' in outcome)) return reply.code(202).send(outcome);
      return reply.code(outcome.missing ? 404 : 409).send({ error: outcome.error });
    },
  );
  app.post<{ Body: Adoption }>(
    '/api/found/adopt',
    {
      config: { access: 'fresh' },
      schema: {
        summary: 'Makes a light of one: writes the configuration; gives a WLED its log-in; flashes a board',
        body: AdoptBody,
        response: { 201: Adopted, 403: Fault, 404: Fault, 409: Fault, 412: Fault },
      },
    },
    async ({ body }, reply) => {
      const outcome = await found.adopt(body);
      if (!('refused' in outcome)) return reply.code(201).send(outcome);
      if (outcome.refused === 'config') return refuseChange(reply, outcome.outcome);
      return reply.code(outcome.refused === 'missing' ? 404 : 409).send({ error: outcome.error });
    },
  );
}
