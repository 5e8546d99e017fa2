/** What may be told to a lamp of our own, by HTTP and by MQTT: an update, and other settings. */
import { Type } from 'typebox';
import { withTransaction } from './schemas.ts';

const strict = { additionalProperties: false };
const Ssid = Type.String({ minLength: 1, maxLength: 32 });
const WifiPassword = Type.String({ minLength: 8, maxLength: 63 });
export const Network = Type.Object({ ssid: Ssid, password: Type.Optional(WifiPassword) }, strict);
export const Host = Type.String({ minLength: 1, maxLength: 100, pattern: '^[A-Za-z0-9._:-]+$' });
export const Secret = Type.String({ minLength: 1, maxLength: 100 });
const Pin = Type.Integer({ minimum: 0, maximum: 48 });
const Pins = Type.Tuple([Pin, Pin, Pin]);
const Gamma = Type.Number({ minimum: 1, maximum: 3 });
const Active = Type.Enum(['low', 'high']);

const LightId = Type.String({ maxLength: 64, description: 'the id of a lamp of our own' });

export const UpdateBody = Type.Object(
  {
    lights: Type.Optional(
      Type.Array(LightId, { minItems: 1, maxItems: 1_000, description: 'which lamps; without it, all' }),
    ),
    force: Type.Optional(
      Type.Boolean({ description: 'true: also an older or the same version, and a board that is not known' }),
    ),
  },
  strict,
);

/** Whole keys of the lamp's settings; `null` removes one, so that its default holds. */
export const ConfigBody = Type.Object(
  {
    networks: Type.Optional(Type.Array(Network, { minItems: 1, maxItems: 4 })),
    bridge: Type.Optional(Type.Union([Host, Type.Null()])),
    probePort: Type.Optional(Type.Integer({ minimum: 1, maximum: 65_535 })),
    username: Type.Optional(Type.Union([Secret, Type.Null()])),
    password: Type.Optional(Type.Union([Secret, Type.Null()])),
    leds: Type.Optional(
      Type.Union([
        Type.Object(
          {
            type: Type.Literal('ws2812'),
            pin: Pin,
            count: Type.Integer({ minimum: 1, maximum: 150 }),
            order: Type.Enum(['grb', 'rgb']),
            maxMilliamps: Type.Integer({ minimum: 4, maximum: 20_000 }),
            gamma: Gamma,
          },
          strict,
        ),
        Type.Object(
          { type: Type.Literal('rgb'), pins: Pins, common: Type.Enum(['cathode', 'anode']), gamma: Gamma },
          strict,
        ),
        Type.Object({ type: Type.Literal('traffic'), pins: Pins, active: Active }, strict),
        Type.Object({ type: Type.Literal('onboard'), pin: Pin, active: Active }, strict),
      ]),
    ),
    button: Type.Optional(Type.Union([Type.Object({ pin: Pin, active: Active }, strict), Type.Null()])),
    setup: Type.Optional(Type.Union([Type.Object({ password: WifiPassword }, strict), Type.Null()])),
  },
  { ...strict, minProperties: 1 },
);

/** The payload of `bridge/request/update`. */
export const UpdateOrder = withTransaction(UpdateBody);
/** The payload of `bridge/request/config`. */
export const ConfigOrder = withTransaction(Type.Object({ light: LightId, config: ConfigBody }, strict));
