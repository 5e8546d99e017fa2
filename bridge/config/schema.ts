/**
 * The one schema of doorlight.yaml (contract section 2). Its `description` is what a refusal says was expected;
 * its defaults are what the file leaves out. doorlight.schema.json is generated from it.
 */
import { type Static, type TObject, type TOptional, type TSchema, type TString, Type } from 'typebox';
import { effects, statuses } from '../../protocol/status.ts';

const section = <T extends Record<string, TSchema>>(properties: T) =>
  Type.Object(properties, { additionalProperties: false, default: {} });
const entry = <T extends Record<string, TSchema>>(properties: T) =>
  Type.Object(properties, { additionalProperties: false });
const text = (description: string, more: object = {}) => Type.String({ minLength: 1, description, ...more });
const choice = <T extends string[]>(values: [...T], fallback?: T[number]) =>
  Type.Enum(values, {
    description: `one of ${values.join(', ')}`,
    ...(fallback === undefined ? {} : { default: fallback }),
  });
const whole = (minimum: number, maximum: number, fallback?: number, unit = '') =>
  Type.Integer({
    minimum,
    maximum,
    ...(fallback === undefined ? {} : { default: fallback }),
    description: `a whole number from ${minimum} to ${maximum}${unit}`,
  });
const port = (fallback: number, zero: string) =>
  Type.Integer({
    minimum: 0,
    maximum: 65535,
    default: fallback,
    description: `a port from 1 to 65535, or 0 for ${zero}`,
  });
const gpio = Type.Integer({ minimum: 0, maximum: 48, description: 'the number of a GPIO, from 0 to 48' });
const id = (of: string) =>
  text(`${of} id of 1 to 64 small letters, digits and hyphens`, { pattern: '^[a-z0-9-]{1,64}$' });
const brightness = Type.Number({ minimum: 0, maximum: 1, default: 1, description: 'a number from 0 to 1' });
const httpsUrl = text('an https URL such as https://graph.example.com:8443', {
  pattern: '^https://[^/\\s]+/?$',
});

const Microsoft = entry({
  tenant: text('a tenant: a domain such as contoso.onmicrosoft.com, or its GUID', {
    pattern: '^[A-Za-z0-9.-]+$',
  }),
  clientId: text('the application (client) id of the app registration, a GUID', {
    pattern: '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$',
  }),
  clientSecret: Type.Optional(text('a client secret, best from the environment', { writeOnly: true })),
  clientCertificate: Type.Optional(
    entry({ cert: text('the path of a PEM file'), key: text('the path of a PEM file') }),
  ),
  cloud: Type.Enum(['global', 'usgov', 'dod'], {
    description: 'one of global, usgov, dod (the cloud in China has no presence in Microsoft Graph)',
    default: 'global',
  }),
  signIn: choice(['device-code', 'browser', 'app'], 'device-code'),
  graphUrl: Type.Optional(httpsUrl),
  authorityUrl: Type.Optional(httpsUrl),
  caFile: Type.Optional(text('the path of a PEM file')),
  proxy: Type.Optional(
    text('a proxy URL such as http://proxy:3128', { pattern: '^https?://', writeOnly: true }),
  ),
  accounts: Type.Array(id('an account'), {
    minItems: 1,
    default: ['main'],
    description: 'a list of at least one account name',
  }),
});

const Source = section({
  mode: choice(['auto', 'push', 'poll'], 'auto'),
  publicUrl: Type.Optional(
    text('an https URL that Microsoft Graph can reach (plain http on loopback only)', {
      pattern:
        '^(https://[^\\s?#]+|http://(localhost|127\\.\\d+\\.\\d+\\.\\d+|\\[::1\\])(:\\d+)?(/[^\\s?#]*)?)$',
    }),
  ),
  pollSeconds: whole(1, 3600, 15, ' seconds'),
  reconcileSeconds: whole(1, 3600, 60, ' seconds'),
  staleAfterSeconds: whole(2, 86_400, 120, ' seconds'),
});

const Person = entry({
  id: id('a'),
  user: text('a user principal name such as alice@contoso.com, or an object id'),
  name: Type.Optional(text('a name')),
  share: choice(['full', 'status', 'busy-free'], 'full'),
  /** What is set by hand here is set in Teams too; takes the permission Presence.ReadWrite. */
  writeBack: Type.Boolean({ default: false, description: 'true or false' }),
});

const Group = entry({
  id: id('a'),
  group: text('the object id of a group in Entra, a GUID', {
    pattern: '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$',
  }),
  share: choice(['full', 'status', 'busy-free'], 'full'),
  exclude: Type.Array(text('a user principal name or an object id'), {
    default: [],
    description: 'a list of user principal names or object ids',
  }),
});
const brokerUrl = '^(mqtts?|wss?)://[^/\\s@]+(/[^\\s]*)?$';
const brokerAccount = {
  username: Type.Optional(text('a user name')),
  password: Type.Optional(text('a password, in quotes', { writeOnly: true })),
  caFile: Type.Optional(text('the path of a PEM file')),
};

const Mqtt = section({
  baseTopic: text('a topic without wildcards, such as doorlight', {
    pattern: '^[^+#\\s/$][^+#\\s]*$',
    default: 'doorlight',
  }),
  broker: text('embedded, or the URL of a broker such as mqtts://ha.local:8883', {
    pattern: `^embedded$|${brokerUrl}`,
    default: 'embedded',
  }),
  ...brokerAccount,
  listen: section({
    host: text('an address to listen on', { default: '0.0.0.0' }),
    port: port(1883, 'off'),
    tlsPort: port(8883, 'off'),
    probePort: port(41883, 'off'),
    webSocket: Type.Boolean({ default: true, description: 'true or false' }),
    tls: Type.Optional(entry({ cert: text('the path of a PEM file'), key: text('the path of a PEM file') })),
  }),
  users: Type.Array(
    entry({
      username: id('a'),
      password: Type.Optional(text('a password, in quotes', { writeOnly: true })),
      access: choice(['read', 'control', 'all']),
    }),
    { default: [], description: 'a list of MQTT consumers' },
  ),
  mirror: Type.Optional(
    entry({
      url: text('the URL of a broker such as mqtts://ha.local:8883', { pattern: brokerUrl }),
      ...brokerAccount,
    }),
  ),
  homeAssistant: section({
    enabled: Type.Boolean({ default: true, description: 'true or false' }),
    prefix: text('a topic without wildcards, such as homeassistant', {
      pattern: '^[^+#\\s/$][^+#\\s]*$',
      default: 'homeassistant',
    }),
  }),
});

const time = '([01]\\d|2[0-4]):[0-5]\\d';
const light = {
  id: id('a'),
  name: Type.Optional(text('a name')),
  shows: Type.Array(text('the id of a person or a group'), {
    default: [],
    description: 'a list of the ids of people and groups',
  }),
  combine: choice(['busiest', 'first', 'all'], 'busiest'),
  brightness,
  night: Type.Optional(
    entry({
      from: text("a time such as '18:00'", { pattern: `^${time}$` }),
      to: text("a time such as '08:00'", { pattern: `^${time}$` }),
      brightness: Type.Number({ minimum: 0, maximum: 1, description: 'a number from 0 to 1' }),
    }),
  ),
  // Lights on USB have the choice of being dark.
  onStop: Type.Enum(['unknown'], {
    default: 'unknown',
    description: 'unknown: what a lamp shows once the bridge has stopped (dark is for lights on USB)',
  }),
};

const via = choice(['main', 'mirror'], 'main');
const lampTopic = (example: string, pattern = '^[^+#\\s/$][^+#\\s]*$') =>
  text(`the lamp's topic, such as ${example}`, { pattern });

export const serialProtocols = [
  'fit-statusb',
  'busy-tag',
  'wled',
  'adalight',
  'tpm2',
  'blinkytape',
  'mutesync',
  'tower',
  'relay',
  'espruino',
  'text',
] as const;
export const hidProtocols = ['luxafor', 'kuando', 'blynclight', 'blink1', 'blinkstick', 'muteme'] as const;

/** A path; or ids of sysfs, with a serial number or `@` and the port where two are alike. */
const usbDevice = '^/\\S+$|^usb:[0-9a-fA-F]{4}:[0-9a-fA-F]{4}(:[^\\s@]+|@[0-9][0-9.-]*)?$';
/** Text, or bytes. */
const template = '^(?!hex:)|^hex:(\\s*([0-9a-fA-F]{2}|\\{(r|g|b|brightness)\\}))+\\s*$';
type TextTemplates = TObject<
  { default: TString } & Record<(typeof statuses)[number] | 'off', TOptional<TString>>
>;

const onStop = choice(['dark', 'unknown'], 'dark');

/** One schema per kind of light; the kind says which keys a light may have. */
const Pressed = choice([...statuses, 'clear']);
/** What a press sets for the one person whom the light shows; the same press again ends it. */
const OnPress = entry({
  ...{ short: Type.Optional(Pressed), double: Type.Optional(Pressed), long: Type.Optional(Pressed) },
  for: text('an ISO-8601 duration from PT1S to PT24H such as PT25M', {
    pattern: '^P[0-9DTHMS]{2,30}$',
    default: 'PT1H',
  }),
});

export const lightKinds = {
  espruino: entry({
    kind: Type.Literal('espruino'),
    ...light,
    leds: section({
      type: choice(['ws2812', 'rgb', 'traffic', 'onboard'], 'ws2812'),
      pin: Type.Optional(gpio),
      pins: Type.Optional(
        Type.Array(gpio, {
          minItems: 3,
          maxItems: 3,
          description: 'three pins: red, green, blue for rgb; red, yellow, green for traffic',
        }),
      ),
      count: whole(1, 150, 12),
      order: choice(['grb', 'rgb'], 'grb'),
      maxMilliamps: whole(4, 20_000, 500, ' mA'),
      gamma: Type.Number({ minimum: 1, maximum: 3, default: 2.2, description: 'a number from 1 to 3' }),
      common: choice(['cathode', 'anode'], 'cathode'),
      active: choice(['high', 'low'], 'high'),
    }),
    button: Type.Optional(entry({ pin: gpio, active: choice(['low', 'high'], 'low') })),
    onPress: Type.Optional(OnPress),
  }),
  page: entry({ kind: Type.Literal('page'), ...light }),
  serial: entry({
    kind: Type.Literal('serial'),
    ...light,
    device: text('a device: a path such as /dev/serial/by-id/usb-…, or usb:VENDOR:PRODUCT', {
      pattern: usbDevice,
    }),
    protocol: choice(['auto', ...serialProtocols], 'auto'),
    baud: Type.Optional(whole(300, 4_000_000, undefined, ' bits a second')),
    leds: section({
      count: whole(1, 300, 12),
      pin: text("an Espruino pin such as 'D13' or 'B15'", {
        pattern: '^[A-Z]{1,2}[0-9]{1,2}$',
        default: 'D13',
      }),
      order: choice(['grb', 'rgb'], 'grb'),
    }),
    channels: section({ red: whole(1, 8, 1), yellow: whole(1, 8, 2), green: whole(1, 8, 3) }),
    text: section({
      templates: section({
        default: text('what is sent for a status that is not listed here', {
          pattern: template,
          default: '{hex}',
        }),
        ...Object.fromEntries(
          [...statuses, 'off'].map((status) => [
            status,
            Type.Optional(text('what is sent, such as G or hex:41 {r} {g} {b}', { pattern: template })),
          ]),
        ),
      }) as TextTemplates,
      ending: choice(['none', 'lf', 'cr', 'crlf'], 'lf'),
      open: Type.Optional(text('what is sent once after each opening', { pattern: template })),
      repeatSeconds: whole(0, 3600, 0, ' seconds, 0 for each 30 s'),
      reply: Type.Optional(text('what a right answer contains')),
    }),
    onStop,
  }),
  hid: entry({
    kind: Type.Literal('hid'),
    ...light,
    device: text('auto, usb:VENDOR:PRODUCT, or a path such as /dev/hidraw0', {
      pattern: `^auto$|${usbDevice}`,
      default: 'auto',
    }),
    protocol: choice(['auto', ...hidProtocols], 'auto'),
    leds: section({ count: whole(1, 64, 1) }),
    onStop,
  }),
  wled: entry({ kind: Type.Literal('wled'), ...light, topic: lampTopic('wled/0a1b2c'), via }),
  tasmota: entry({ kind: Type.Literal('tasmota'), ...light, topic: lampTopic('tasmota_0A1B2C'), via }),
  zigbee2mqtt: entry({
    kind: Type.Literal('zigbee2mqtt'),
    ...light,
    topic: lampTopic('zigbee2mqtt/desk lamp', '^[^+#/$][^+#]*/[^+#]+$'),
    via,
  }),
  esphome: entry({
    kind: Type.Literal('esphome'),
    ...light,
    topic: lampTopic('desk/light/strip', '^[^+#\\s/$][^+#\\s]*/light/[^+#\\s/]+$'),
    via,
  }),
};

const Look = entry({
  color: Type.Optional(text("a colour such as '#ff0000'", { pattern: '^#[0-9a-fA-F]{6}$' })),
  effect: Type.Optional(choice([...effects])),
  brightness: Type.Optional(Type.Number({ minimum: 0, maximum: 1, description: 'a number from 0 to 1' })),
});

const Quiet = entry({
  lights: Type.Union([Type.Literal('all'), Type.Array(text('the id of a light'))], {
    default: 'all',
    description: 'all, or a list of the ids of lights',
  }),
  zone: Type.Optional(text('an IANA time zone such as Europe/Berlin')),
  days: Type.Array(text('days such as mon-fri or sat'), {
    default: ['mon-sun'],
    description: 'a list of days such as mon-fri or sat',
  }),
  dark: text("a span of time such as '19:00-07:30'", { pattern: `^${time}-${time}$` }),
  holidays: Type.Optional(text('the path of an iCalendar file')),
});

const Notify = entry({
  url: text('an https URL (plain http on loopback only)', {
    pattern:
      '^(https://[^\\s@/?#]+([/?#][^\\s]*)?|http://(localhost|127\\.\\d+\\.\\d+\\.\\d+|\\[::1\\])(:\\d+)?(/[^\\s]*)?)$',
  }),
  secret: text('a secret, best from the environment', { writeOnly: true }),
  people: Type.Array(text('the id of a person or a group'), {
    default: [],
    description: 'a list of the ids of people and groups; none = everybody',
  }),
  on: Type.Array(choice([...statuses]), { default: [], description: 'a list of statuses; none = each' }),
});

const Web = section({
  host: text('an address to listen on', { default: '0.0.0.0' }),
  port: port(8080, 'off'),
  tls: Type.Optional(entry({ cert: text('the path of a PEM file'), key: text('the path of a PEM file') })),
  timeline: Type.Boolean({ default: false, description: 'true or false' }),
});

const Hooks = section({
  host: text('an address to listen on', { default: '127.0.0.1' }),
  port: port(8081, 'off'),
});

export const ConfigSchema = section({
  microsoft: Type.Optional(Microsoft),
  source: Source,
  people: Type.Array(Person, { default: [], description: 'a list of people' }),
  groups: Type.Array(Group, { default: [], description: 'a list of groups' }),
  mqtt: Mqtt,
  lights: Type.Array(Type.Union(Object.values(lightKinds)), {
    default: [],
    description: 'a list of lights',
  }),
  looks: Type.Object(Object.fromEntries(statuses.map((status) => [status, Type.Optional(Look)])), {
    additionalProperties: false,
    default: {},
  }),
  colorBlind: Type.Boolean({ default: false, description: 'true or false' }),
  quiet: Type.Array(Quiet, { default: [], description: 'a list of dark times' }),
  notify: Type.Array(Notify, { default: [], description: 'a list of automations' }),
  web: Web,
  hooks: Hooks,
});

export type MicrosoftConfig = Static<typeof Microsoft>;
export type GroupConfig = Static<typeof Group>;
export type PersonConfig = Static<typeof Person>;
export type MqttConfig = Static<typeof Mqtt>;
export type EspruinoLightConfig = Static<typeof lightKinds.espruino>;
export type SerialLightConfig = Static<typeof lightKinds.serial>;
export type HidLightConfig = Static<typeof lightKinds.hid>;
export type RelayLightConfig = Static<
  | typeof lightKinds.wled
  | typeof lightKinds.tasmota
  | typeof lightKinds.zigbee2mqtt
  | typeof lightKinds.esphome
>;
export type PageLightConfig = Static<typeof lightKinds.page>;
export type LightConfig =
  | EspruinoLightConfig
  | PageLightConfig
  | SerialLightConfig
  | HidLightConfig
  | RelayLightConfig;
export type QuietConfig = Static<typeof Quiet>;
export type LookConfig = Static<typeof Look>;

/** The configuration after defaults, `${}` and every check. */
export interface Config {
  microsoft?: MicrosoftConfig;
  source: Static<typeof Source>;
  people: PersonConfig[];
  groups: GroupConfig[];
  mqtt: MqttConfig;
  lights: LightConfig[];
  looks: { [status: string]: LookConfig };
  colorBlind: boolean;
  quiet: QuietConfig[];
  notify: Static<typeof Notify>[];
  web: Static<typeof Web>;
  hooks: Static<typeof Hooks>;
}

/** The JSON Schema for editors: as ConfigSchema, but what has a default may be left out. */
export function jsonSchema(): object {
  const optional = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(optional);
    if (typeof node !== 'object' || node === null) return node;
    const copy = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, optional(value)]));
    if (Array.isArray(copy['required'])) {
      const properties = (node as { properties: Record<string, object> }).properties;
      copy['required'] = copy['required'].filter((key: string) => !('default' in properties[key]!));
    }
    return copy;
  };
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'doorlight.yaml',
    ...(optional(ConfigSchema) as object),
  };
}
