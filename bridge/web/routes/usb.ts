/** What is plugged into USB: listed, found by its blinking, adopted into the configuration. */
import type { FastifyInstance, FastifyReply } from 'fastify';
import { type Static, type TSchema, Type } from 'typebox';
import type { UsbDeviceView } from '../../../protocol/usb.ts';
import type { Access } from '../access.ts';
import { Fault, Id, strict } from '../schemas.ts';

type Refused = { error: string; missing?: boolean };

export interface UsbPort {
  list(): UsbDeviceView[];
  /** Lets a device blink for ten seconds; resolves when it does. */
  identify(device: string, protocol: string | undefined): Promise<{ blinking: true } | Refused>;
  /** Writes it into the configuration, and so makes it a light. */
  adopt(light: Static<typeof AdoptBody>): Promise<{ id: string } | Refused>;
}

const Device = Type.String({
  minLength: 1,
  maxLength: 300,
  description: 'the device or path of one in the list',
});
const Protocol = Type.String({
  pattern: '^[a-z0-9-]{1,32}$',
  description: 'a protocol of that kind of light',
});
const words = ['device', 'path', 'maker', 'name', 'vendor', 'product', 'port'] as const;
const perhaps = ['serialNumber', 'protocol', 'stranger', 'light'] as const;
const UsbDevice = Type.Object({
  kind: Type.Enum(['serial', 'hid']),
  ...Object.fromEntries(words.map((word) => [word, Type.String()])),
  ...Object.fromEntries(perhaps.map((word) => [word, Type.Union([Type.String(), Type.Null()])])),
});

const IdentifyBody = strict({ device: Device, protocol: Type.Optional(Protocol) });
const AdoptBody = strict({
  device: Device,
  id: Id,
  protocol: Type.Optional(Protocol),
  name: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
  shows: Type.Array(Type.String({ minLength: 1, maxLength: 64 }), { maxItems: 100 }),
});

const route = (summary: string, access: Access, response: Record<number, TSchema>, more: object = {}) => ({
  config: { access },
  schema: { summary, response, ...more },
});

export function usbRoutes(app: FastifyInstance, usb: UsbPort): void {
  app.get(
    '/api/serial',
    route('What on USB is a light, or could be one', 'read', { 200: Type.Array(UsbDevice) }),
    () => usb.list(),
  );
  app.post<{ Body: Static<typeof IdentifyBody> }>(
    '/api/serial/identify',
    route(
      'Lets a device blink for ten seconds, so that a person finds it',
      'admin',
      { 202: Type.Object({ blinking: Type.Boolean() }), 404: Fault, 409: Fault },
      { body: IdentifyBody },
    ),
    async ({ body }, reply) => answer(reply, 202, await usb.identify(body.device, body.protocol)),
  );
  app.post<{ Body: Static<typeof AdoptBody> }>(
    '/api/serial/adopt',
    route(
      'Writes a device into the configuration as a light',
      'admin',
      { 201: Type.Object({ id: Type.String() }), 404: Fault, 409: Fault },
      { body: AdoptBody },
    ),
    async ({ body }, reply) => answer(reply, 201, await usb.adopt(body)),
  );
}

function answer(reply: FastifyReply, done: number, outcome: object | Refused): FastifyReply {
  if (!('error' in outcome)) return reply.code(done).send(outcome);
  const { error, missing } = outcome as Refused;
  return reply.code(missing ? 404 : 409).send({ error });
}
