/** What the bridge and its lights say on topics (contract section 4), as schemas: the topic reference is generated from these. */
import { type TSchema, Type } from 'typebox';
import { effects, statuses } from '../../protocol/status.ts';
import { ConfigOrder, UpdateOrder } from './lamp-schemas.ts';
import { Ask, LightSet, PersonSet } from './schemas.ts';

const stamp = (description: string) => Type.String({ format: 'date-time', description });
const orNull = (schema: TSchema, description: string) => Type.Union([schema, Type.Null()], { description });
const word = (words: readonly string[], description: string) => Type.Enum([...words], { description });
const whole = (description: string) => Type.Integer({ description });
const byte = (description: string) => Type.Integer({ minimum: 0, maximum: 255, description });
const onlineOrOffline = (description: string) => word(['online', 'offline'], description);
const strict = { additionalProperties: false };

const Rgb = Type.Object({ r: byte('red'), g: byte('green'), b: byte('blue') }, strict);
const look = {
  color: Rgb,
  brightness: byte('0 to 255'),
  effect: word(effects, effects.join(', ')),
};
const until = Type.Object({ until: stamp('when it ends') }, strict);

export const Presence = Type.Object(
  {
    status: word(statuses, 'the status, what is set by hand over what Graph says'),
    availability: Type.Optional(orNull(Type.String(), "Graph's word, as it was sent; null when stale")),
    activity: Type.Optional(orNull(Type.String(), "Graph's word, as it was sent; null when stale")),
    outOfOffice: Type.Optional(orNull(Type.Boolean(), 'an automatic reply is on; null when stale')),
    since: stamp('first seen in this status; survives a restart'),
    checkedAt: orNull(stamp(''), 'the read that set this payload; never causes a message alone'),
    fresh: Type.Boolean({ description: 'false: nobody knows, and `status` is unknown' }),
    source: word(['push', 'poll', 'override', 'none'], 'where the status is from'),
    name: Type.String({ description: 'the name in the configuration' }),
    override: orNull(
      Type.Object({ status: word(statuses, ''), until: stamp('') }, strict),
      'what is set by hand: `status`, `until`; or null',
    ),
  },
  strict,
);

export const Show = Type.Object(
  {
    state: word(['ON', 'OFF'], 'OFF = dark, and nothing but `override` beside it'),
    color_mode: Type.Optional(Type.Literal('rgb', { description: 'always rgb' })),
    color: Type.Optional({ ...Rgb, description: '`r`, `g`, `b`, each 0 to 255, before brightness' }),
    brightness: Type.Optional(look.brightness),
    effect: Type.Optional(look.effect),
    segments: Type.Optional(
      Type.Array(Type.Object(look, strict), {
        maxItems: 8,
        description: 'the parts of a light that shows several people: `color`, `brightness`, `effect`',
      }),
    ),
    override: Type.Optional(orNull(until, 'set by hand, `until` when; or null')),
  },
  strict,
);

export const LightState = Type.Object(
  {
    ...Show.properties,
    fw: Type.Optional(Type.String({ description: 'firmware, of a lamp' })),
    board: Type.Optional(Type.String({ description: 'board, of a lamp' })),
    espruino: Type.Optional(Type.String({ description: 'version of Espruino, of a lamp' })),
    rssi: Type.Optional(orNull(Type.Integer(), 'Wi-Fi, dBm, of a lamp; null where it has none')),
    uptime: Type.Optional(whole('seconds, of a lamp')),
    free: Type.Optional(whole('free variables of the interpreter, of a lamp')),
    ip: Type.Optional(orNull(Type.String(), 'address, of a lamp; null where it has no Wi-Fi')),
    error: Type.Optional(orNull(Type.String(), 'what is wrong, such as `differs`: it shows something else')),
    lastError: Type.Optional(orNull(Type.String(), 'what was wrong last since the start, of a lamp')),
    restart: Type.Optional(Type.String({ description: 'why it started, of a lamp' })),
    slot: Type.Optional(word(['a', 'b'], 'which of its two copies of the firmware runs, of a lamp')),
  },
  // A lamp of a newer firmware may say more.
  {},
);

export const Health = Type.Object(
  {
    version: Type.String({ description: 'of the bridge' }),
    startedAt: stamp('when the bridge started'),
    source: word(['push', 'poll', 'none'], 'how presence comes; none: Graph is not reached'),
    signIn: word(['ok', 'needed', 'expiring'], 'whether somebody has to sign in'),
    subscription: orNull(
      Type.Object({ expiresAt: stamp('') }, strict),
      "the presence subscription's `expiresAt`; or null",
    ),
    people: whole('how many people'),
    lights: Type.Object(
      { online: whole(''), total: whole('') },
      { ...strict, description: '`online` of `total`' },
    ),
    lastGraphContact: orNull(stamp(''), 'the last answer of Graph; never causes a message alone'),
  },
  strict,
);

const Press = Type.Object({ press: word(['short', 'long', 'double'], 'how') }, strict);
const Alive = Type.Object(
  {
    seq: whole('one more each time'),
    ms: whole('milliseconds since 1970, so that the effects of all lamps go in step'),
  },
  strict,
);
const Answer = Type.Object(
  {
    status: word(['ok', 'error'], 'whether it was done'),
    data: Type.Optional(Type.Unknown({ description: 'what was asked for, or what now stands' })),
    error: Type.Optional(Type.String({ description: 'what is wrong, in one sentence' })),
    transaction: Type.Optional(Type.Unknown({ description: 'as it was sent' })),
  },
  strict,
);

/** Every topic below the base topic: who writes it, whether it is retained, what it says. */
export interface Topic {
  topic: string;
  by: string;
  retained: boolean;
  about: string;
  /** A schema of JSON, or of a bare word. */
  payload: TSchema;
  example: string;
}

export const topics: readonly Topic[] = [
  {
    topic: 'bridge/state',
    by: 'the bridge, and its last will',
    retained: true,
    about: 'Whether anything else here can be believed.',
    payload: onlineOrOffline('online while the bridge runs'),
    example: 'online',
  },
  {
    topic: 'bridge/alive',
    by: 'the bridge',
    retained: false,
    about:
      'Each 10 s, and when a light comes online. A lamp shows a status only while the last one is under 40 s old.',
    payload: Alive,
    example: '{"seq":4711,"ms":1763976300000}',
  },
  {
    topic: 'bridge/health',
    by: 'the bridge',
    retained: true,
    about: 'On a change, and each 60 s.',
    payload: Health,
    example:
      '{"version":"0.1.0","startedAt":"2026-11-23T08:00:00.000Z","source":"poll","signIn":"ok","subscription":null,"people":1,"lights":{"online":1,"total":1},"lastGraphContact":"2026-11-23T08:59:48.000Z"}',
  },
  {
    topic: 'presence/<person>',
    by: 'the bridge',
    retained: true,
    about:
      'On a change. With `share: status` or `busy-free` without `availability`, `activity`, `outOfOffice`.',
    payload: Presence,
    example:
      '{"status":"call","availability":"Busy","activity":"InACall","outOfOffice":false,"since":"2026-11-23T08:58:00.000Z","checkedAt":"2026-11-23T08:58:00.000Z","fresh":true,"source":"poll","name":"Alice Ng","override":null}',
  },
  {
    topic: 'presence/<person>/status',
    by: 'the bridge',
    retained: true,
    about: 'The status alone, for what does not read JSON.',
    payload: word(statuses, statuses.join(', ')),
    example: 'call',
  },
  {
    topic: 'presence/<person>/set',
    by: 'consumers with access control or all',
    retained: false,
    about: 'Sets a status by hand, or ends that. Without `for`, an hour.',
    payload: PersonSet,
    example: '{"status":"dnd","for":"PT25M"}',
  },
  {
    topic: 'lights/<light>/show',
    by: 'the bridge',
    retained: true,
    about: 'What the light must show; at most 500 bytes.',
    payload: Show,
    example:
      '{"state":"ON","color_mode":"rgb","color":{"r":255,"g":0,"b":0},"brightness":255,"effect":"pulse"}',
  },
  {
    topic: 'lights/<light>/state',
    by: 'the light, or the bridge for it',
    retained: true,
    about: 'What the light says that it shows.',
    payload: LightState,
    example:
      '{"state":"ON","color_mode":"rgb","color":{"r":255,"g":0,"b":0},"brightness":255,"effect":"pulse","override":null,"error":null}',
  },
  {
    topic: 'lights/<light>/availability',
    by: 'the light, and its last will; or the bridge for it',
    retained: true,
    about: 'Whether the light is there.',
    payload: onlineOrOffline('online while it is'),
    example: 'online',
  },
  {
    topic: 'lights/<light>/button',
    by: 'the light',
    retained: false,
    about: 'Somebody pressed its button.',
    payload: Press,
    example: '{"press":"short"}',
  },
  {
    topic: 'lights/<light>/set',
    by: 'consumers with access control or all',
    retained: false,
    about:
      "Home Assistant's JSON light, plus `for`. What is missing stays as it is shown. A bare `OFF` = dark; a bare `ON` ends what was set by hand.",
    payload: LightSet,
    example: '{"state":"ON","color":{"r":0,"g":0,"b":255},"for":"PT5M"}',
  },
  {
    topic: 'lights/<light>/identify',
    by: 'consumers with access control or all',
    retained: false,
    about: 'Anything: the light blinks white for ten seconds.',
    payload: Type.Unknown({ description: 'Anything' }),
    example: '{}',
  },
  ...(['config', 'update'] as const).map((what) => ({
    topic: `lights/<light>/${what}`,
    by: 'the bridge',
    retained: false,
    about: `${what === 'config' ? 'Settings' : 'A part of new firmware'} for a lamp of our own, signed with its key; not for consumers.`,
    payload: Type.Unknown({ description: 'Between bridge and lamp' }),
    example: '{}',
  })),
  {
    topic: 'lights/<light>/result',
    by: 'the light',
    retained: false,
    about: 'The answer of a lamp of our own to its `config` and `update`; not for consumers.',
    payload: Type.Unknown({ description: 'Between lamp and bridge' }),
    example: '{}',
  },
  {
    topic: 'bridge/request/<what>',
    by: 'consumers with access control or all',
    retained: false,
    about:
      '`health`, `people`, `lights`: as on the topics, in one answer. `restate`: says all that is retained again. `updates`: how far the last update of lamps is, or null.',
    payload: Ask,
    example: '{"transaction":"7"}',
  },
  {
    topic: 'bridge/request/update',
    by: 'consumers with access control or all',
    retained: false,
    about:
      'New firmware for lamps of our own, in waves. The answer comes at its beginning; `updates` tells the rest.',
    payload: UpdateOrder,
    example: '{"lights":["door-204"],"transaction":"8"}',
  },
  {
    topic: 'bridge/request/config',
    by: 'consumers with access control or all',
    retained: false,
    about:
      'Other settings for a lamp of our own, kept if it finds the bridge with them within a minute. Passwords in it can be read by every consumer: the HTTP interface takes the same.',
    payload: ConfigOrder,
    example:
      '{"light":"door-204","config":{"leds":{"type":"ws2812","pin":13,"count":12,"order":"grb","maxMilliamps":500,"gamma":1}}}',
  },
  {
    topic: 'bridge/response/<what>',
    by: 'the bridge',
    retained: false,
    about:
      'The answer to a request; to a `set` that was wrong or had a `transaction` on `bridge/response/` and its topic, such as `bridge/response/presence/alice/set`.',
    payload: Answer,
    example: '{"status":"ok","data":{"until":"2026-11-23T09:25:00.000Z"},"transaction":"7"}',
  },
];
