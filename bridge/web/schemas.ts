/** What routes take and answer: the source of validation and of the OpenAPI document alike. */
import { type TProperties, type TSchema, Type } from 'typebox';
import { effects, statuses } from '../../protocol/status.ts';

export const strict = <P extends TProperties>(properties: P) =>
  Type.Object(properties, { additionalProperties: false });
const maybe = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
const Stamp = Type.String({ format: 'date-time' });
const word = <T extends string[]>(words: readonly [...T]) => Type.Enum([...words] as [...T]);
const Byte = Type.Integer({ minimum: 0, maximum: 255 });
const Color = Type.Object({ r: Byte, g: Byte, b: Byte });

export const Id = Type.String({ pattern: '^[a-z0-9-]{1,64}$', description: 'an id of a person or a light' });
export const IdParams = strict({ id: Id });
export const Nothing = Type.Null({ description: 'no body' });

export const Fault = Type.Object({
  error: Type.String({ description: 'one plain sentence' }),
  fields: Type.Optional(Type.Array(Type.Object({ path: Type.String(), message: Type.String() }))),
  need: Type.Optional(word(['password', 'sign-in', 'consent', 'set-up'])),
  readOnly: Type.Optional(Type.Boolean()),
  stale: Type.Optional(Type.Boolean()),
});

const Effect = word(effects);
export const Show = Type.Object({
  state: word(['ON', 'OFF']),
  color_mode: Type.Optional(Type.Literal('rgb')),
  color: Type.Optional(Color),
  brightness: Type.Optional(Byte),
  effect: Type.Optional(Effect),
  segments: Type.Optional(
    Type.Array(Type.Object({ color: Color, brightness: Byte, effect: Effect }), { maxItems: 8 }),
  ),
  override: Type.Optional(maybe(Type.Object({ until: Stamp }))),
});

const LightState = Type.Object({
  ...Show.properties,
  fw: Type.Optional(Type.String({ description: 'version of a lamp of our own' })),
  board: Type.Optional(Type.String()),
  espruino: Type.Optional(Type.String()),
  rssi: Type.Optional(maybe(Type.Number({ description: 'dBm' }))),
  uptime: Type.Optional(Type.Number({ description: 'seconds' })),
  free: Type.Optional(Type.Number({ description: 'free variables of the interpreter' })),
  ip: Type.Optional(maybe(Type.String())),
  error: Type.Optional(maybe(Type.String({ description: 'what is wrong now' }))),
  lastError: Type.Optional(maybe(Type.String())),
  restart: Type.Optional(Type.String({ description: 'why it started' })),
  slot: Type.Optional(word(['a', 'b'])),
});

export const Person = Type.Object({
  id: Type.String(),
  name: Type.String(),
  status: word(statuses),
  availability: Type.Optional(maybe(Type.String())),
  activity: Type.Optional(maybe(Type.String())),
  outOfOffice: Type.Optional(maybe(Type.Boolean())),
  since: Stamp,
  checkedAt: maybe(Stamp),
  fresh: Type.Boolean(),
  source: word(['push', 'poll', 'override', 'none']),
  override: maybe(Type.Object({ status: word(statuses), until: Stamp })),
});

export const Light = Type.Object({
  id: Type.String(),
  name: Type.String(),
  kind: Type.String(),
  class: word(['own', 'timer', 'host']),
  shows: Type.Array(Type.String()),
  online: Type.Boolean(),
  show: maybe(Show),
  state: maybe(LightState),
  quiet: Type.Boolean({ description: 'dark because of quiet hours' }),
});

export const Health = Type.Object({
  id: Type.Literal('bridge'),
  version: Type.String(),
  startedAt: Stamp,
  source: word(['push', 'poll', 'none']),
  signIn: word(['ok', 'needed', 'expiring']),
  subscription: maybe(Type.Object({ expiresAt: Stamp })),
  people: Type.Integer(),
  lights: Type.Object({ online: Type.Integer(), total: Type.Integer() }),
  lastGraphContact: maybe(Stamp),
});

export const OverrideAnswer = Type.Object({ override: maybe(Type.Object({ until: Stamp })) });
export const Minted = Type.Object({ id: Type.String(), token: Type.String() });
export const LinkView = Type.Object({
  id: Type.String(),
  kind: word(['person', 'board', 'lamp']),
  of: maybe(Type.String()),
  name: Type.String(),
  createdAt: Stamp,
  usedAt: maybe(Stamp),
});
export const TokenView = Type.Object({
  id: Type.String(),
  name: Type.String(),
  scope: word(['read', 'control', 'admin']),
  createdAt: Stamp,
  usedAt: maybe(Stamp),
});
export const Events = Type.String({ description: 'server-sent events, a comment each 15 s' });
export { maybe, Stamp, word };
