/** Lamps of our own: flashed by cable, updated and given new settings over the air. */
import type { FastifyInstance } from 'fastify';
import { type Static, type TSchema, Type } from 'typebox';
import type { ConfigChange, FlashJob, FlashRequest, Rollout } from '../../../protocol/updates.ts';
import { ConfigBody, Host, Network, Secret, UpdateBody } from '../../control/lamp-schemas.ts';
import { Job, Port, Settings, Update } from '../provision-schemas.ts';
import { Fault, IdParams, maybe, Nothing } from '../schemas.ts';

export interface ProvisionPort {
  /** Whether this is a lamp of our own, which alone can be flashed and updated. */
  isLamp(light: string): boolean;
  /** Serial ports, with the light of the configuration that is on them. */
  ports(): { path: string; name: string; light: string | null }[];
  flash(light: string, request: FlashRequest): { job: FlashJob } | { error: string };
  flashes(): FlashJob[];
  findFlash(id: string): FlashJob | undefined;
  /** Nothing for `lights`: all lamps. */
  update(lights: readonly string[] | undefined, force: boolean): { rollout: Rollout } | { error: string };
  rollout(): Rollout | undefined;
  /** False when there was nothing to stop. */
  stopUpdate(): boolean;
  changeConfig(light: string, body: object): { change: ConfigChange } | { error: string };
  findChange(light: string): ConfigChange | undefined;
}

const strict = { additionalProperties: false };

const FlashBody = Type.Object(
  {
    port: Type.String({ minLength: 1, maxLength: 200 }),
    wifi: Type.Optional(Network),
    bridge: Type.Optional(Host),
    account: Type.Optional(Type.Object({ username: Secret, password: Secret }, strict)),
    force: Type.Optional(Type.Boolean()),
  },
  strict,
);

interface Named {
  Params: { id: string };
}

const noLamp = {
  error: 'There is no lamp with this id: only lights of kind espruino are flashed and updated.',
};

const ForceBody = Type.Object({ force: Type.Optional(Type.Boolean()) }, strict);
const JobParams = Type.Object({ id: Type.String({ maxLength: 64 }) }, strict);

type Access = 'admin' | 'fresh';
const route = (summary: string, access: Access, response: Record<number, TSchema>, more: object = {}) => ({
  config: { access },
  schema: { summary, response, ...more },
});
/** The same of one lamp. */
const ofLamp = (summary: string, access: Access, response: Record<number, TSchema>, more: object = {}) =>
  route(summary, access, { ...response, 404: Fault }, { params: IdParams, ...more });

export function provisionRoutes(app: FastifyInstance, port: ProvisionPort): void {
  app.get(
    '/api/ports',
    route('Serial ports, and the light on each', 'admin', { 200: Type.Array(Port) }),
    () => port.ports(),
  );
  app.get('/api/flashes', route('Flash jobs', 'admin', { 200: Type.Array(Job) }), () => port.flashes());
  app.get<Named>(
    '/api/flashes/:id',
    route('How far a flash job is', 'admin', { 200: Job, 404: Fault }, { params: JobParams }),
    (request, reply) => {
      const job = port.findFlash(request.params.id);
      return job ? reply.send(job) : reply.code(404).send({ error: 'There is no such job.' });
    },
  );
  app.post<Named & { Body: Static<typeof FlashBody> }>(
    '/api/lights/:id/flash',
    ofLamp(
      'Puts firmware and settings on a board over USB',
      'fresh',
      { 202: Job, 409: Fault },
      { body: FlashBody },
    ),
    (request, reply) => {
      if (!port.isLamp(request.params.id)) return reply.code(404).send(noLamp);
      const begun = port.flash(request.params.id, request.body);
      return 'job' in begun ? reply.code(202).send(begun.job) : reply.code(409).send(begun);
    },
  );

  app.get(
    '/api/updates',
    route('The update that runs, or ran last', 'admin', { 200: Type.Object({ update: maybe(Update) }) }),
    () => ({ update: port.rollout() ?? null }),
  );
  app.post<{ Body: Static<typeof UpdateBody> }>(
    '/api/updates',
    route(
      'Updates lamps over the air, in waves',
      'admin',
      { 202: Update, 404: Fault, 409: Fault },
      { body: UpdateBody },
    ),
    (request, reply) => {
      const { lights, force = false } = request.body;
      if (lights && !lights.every(port.isLamp)) return reply.code(404).send(noLamp);
      const begun = port.update(lights, force);
      return 'rollout' in begun ? reply.code(202).send(begun.rollout) : reply.code(409).send(begun);
    },
  );
  app.delete(
    '/api/updates',
    route('Stops the update', 'admin', { 204: Nothing, 409: Fault }),
    (_request, reply) =>
      port.stopUpdate() ? reply.code(204).send() : reply.code(409).send({ error: 'No update is running.' }),
  );
  app.post<Named & { Body: { force?: boolean } }>(
    '/api/lights/:id/update',
    ofLamp('Updates one lamp over the air', 'admin', { 202: Update, 409: Fault }, { body: ForceBody }),
    (request, reply) => {
      if (!port.isLamp(request.params.id)) return reply.code(404).send(noLamp);
      const begun = port.update([request.params.id], request.body.force ?? false);
      return 'rollout' in begun ? reply.code(202).send(begun.rollout) : reply.code(409).send(begun);
    },
  );
  app.post<Named & { Body: Static<typeof ConfigBody> }>(
    '/api/lights/:id/config',
    ofLamp(
      "Changes a lamp's settings over the air",
      'fresh',
      { 202: Settings, 409: Fault },
      { body: ConfigBody },
    ),
    (request, reply) => {
      if (!port.isLamp(request.params.id)) return reply.code(404).send(noLamp);
      const begun = port.changeConfig(request.params.id, request.body);
      return 'change' in begun ? reply.code(202).send(begun.change) : reply.code(409).send(begun);
    },
  );
  app.get<Named>(
    '/api/lights/:id/config',
    ofLamp("The last change of a lamp's settings", 'admin', {
      200: Type.Object({ change: maybe(Settings) }),
    }),
    (request, reply) =>
      port.isLamp(request.params.id)
        ? reply.send({ change: port.findChange(request.params.id) ?? null })
        : reply.code(404).send(noLamp),
  );
}
