/** What a command may say (contract section 4); the topic reference in docs/ is generated from these. */
import { type Static, type TSchema, Type } from 'typebox';
import Value from 'typebox/value';
import { effects, statuses } from '../../protocol/status.ts';

const strict = { additionalProperties: false };
const byte = (description: string) => Type.Integer({ minimum: 0, maximum: 255, description });
const Rgb = Type.Object(
  { r: byte('red, 0 to 255'), g: byte('green, 0 to 255'), b: byte('blue, 0 to 255') },
  { ...strict, description: 'a colour such as {"r":255,"g":0,"b":0}' },
);
const Brightness = byte('a brightness from 0 to 255');
const EffectName = Type.Enum([...effects], { description: `one of ${effects.join(', ')}` });
const For = Type.String({
  pattern: '^P[0-9DTHMS]{2,30}$',
  description: 'an ISO-8601 duration from PT1S to PT24H such as PT25M',
});
const Transaction = Type.Union([Type.String({ maxLength: 100 }), Type.Number()], {
  description: 'a text of at most 100 characters, or a number, given back in the answer',
});
const Clear = Type.Literal(true, { description: 'true: what was set by hand ends' });

export const PersonSet = Type.Object(
  {
    status: Type.Optional(Type.Enum([...statuses], { description: `one of ${statuses.join(', ')}` })),
    for: Type.Optional(For),
    message: Type.Optional(
      Type.String({ maxLength: 280, description: 'a status message for Teams, of at most 280 characters' }),
    ),
    teams: Type.Optional(
      Type.Boolean({ description: 'true or false; false: not in Teams, of a person with writeBack: true' }),
    ),
    clear: Type.Optional(Clear),
    transaction: Type.Optional(Transaction),
  },
  { ...strict, description: 'an object such as {"status":"dnd","for":"PT25M"} or {"clear":true}' },
);

export const LightSet = Type.Object(
  {
    state: Type.Optional(Type.Enum(['ON', 'OFF'], { description: 'ON or OFF' })),
    color_mode: Type.Optional(Type.Literal('rgb', { description: 'rgb' })),
    color: Type.Optional(Rgb),
    brightness: Type.Optional(Brightness),
    effect: Type.Optional(EffectName),
    segments: Type.Optional(
      Type.Array(Type.Object({ color: Rgb, brightness: Brightness, effect: EffectName }, strict), {
        minItems: 1,
        maxItems: 8,
        description: 'a list of 1 to 8 parts, each with color, brightness and effect',
      }),
    ),
    for: Type.Optional(For),
    clear: Type.Optional(Clear),
    transition: Type.Optional(Type.Number({ description: 'a number of seconds; ignored' })),
    flash: Type.Optional(
      Type.Union([Type.String(), Type.Number()], { description: 'short, long or seconds; ignored' }),
    ),
    transaction: Type.Optional(Transaction),
  },
  {
    ...strict,
    minProperties: 1,
    description: 'an object such as {"state":"ON","color":{"r":255,"g":0,"b":0},"for":"PT5M"}',
  },
);

/** The body of a request that asks and changes nothing. */
export const Ask = Type.Object(
  { transaction: Type.Optional(Transaction) },
  { ...strict, description: 'an object, empty or with a transaction' },
);

/** The schema of a request's body, with the transaction that every request may have. */
export const withTransaction = (schema: TSchema): TSchema => Type.Evaluate(Type.Intersect([schema, Ask]));

export type PersonSet = Static<typeof PersonSet>;
export type LightSet = Static<typeof LightSet>;

type Node = TSchema & { properties?: Record<string, Node>; required?: string[]; description?: string };

/** What is wrong with a value, in words, or nothing. Only the first fault: it is for a person who tries again. */
export function faultOf(schema: TSchema, value: unknown, at = ''): string | undefined {
  const node = schema as Node;
  if (Value.Check(schema, value)) return undefined;
  const properties = node.properties;
  if (!properties || typeof value !== 'object' || value === null || Array.isArray(value)) {
    return `${at || 'The payload'}: expected ${node.description ?? 'another value'}.`;
  }
  for (const [key, inner] of Object.entries(value)) {
    const path = at ? `${at}.${key}` : key;
    if (!Object.hasOwn(properties, key)) {
      return `${path.slice(0, 60)} is not known: expected ${Object.keys(properties).join(', ')}.`;
    }
    const fault = faultOf(properties[key]!, inner, path);
    if (fault) return fault;
  }
  const lacking = node.required?.find((key) => !Object.hasOwn(value, key));
  if (lacking) return `${at ? `${at}.` : ''}${lacking} is missing.`;
  const some = `some of ${Object.keys(properties).join(', ')}`;
  return `${at || 'The payload'}: expected ${node.description ?? some}.`;
}
