import { type TSchema, Type } from 'typebox';
import Value from 'typebox/value';
import { describe, expect, it } from 'vitest';
import { discovery } from '../../bridge/mqtt/home-assistant.ts';

const text = Type.String({ minLength: 1 });
const topic = Type.String({ pattern: '^[^+#]+$' });
const strict = { additionalProperties: false };
const optional = (fields: Record<string, TSchema>) =>
  Object.fromEntries(Object.entries(fields).map(([key, schema]) => [key, Type.Optional(schema)]));

const Availability = {
  availability: Type.Array(
    Type.Object({ topic, ...optional({ value_template: text, payload_available: text }) }, strict),
    { minItems: 1 },
  ),
  availability_mode: Type.Enum(['all', 'any', 'latest']),
};
/** What every entity may have (home-assistant.io, the MQTT integration's pages of each platform). */
const entity = {
  unique_id: Type.String({ pattern: '^[a-zA-Z0-9_-]+$' }),
  name: Type.Union([text, Type.Null()]),
  ...optional({
    icon: Type.String({ pattern: '^mdi:' }),
    entity_category: Type.Enum(['config', 'diagnostic']),
    json_attributes_topic: topic,
    ...Availability,
  }),
};
const platform = (p: string, fields: Record<string, TSchema>) =>
  Type.Object({ p: Type.Literal(p), ...entity, ...fields }, strict);

const platforms: Record<string, TSchema> = {
  sensor: platform('sensor', {
    state_topic: topic,
    ...optional({
      value_template: text,
      device_class: Type.Enum(['enum', 'timestamp']),
      options: Type.Array(text),
      state_class: Type.Enum(['measurement']),
    }),
  }),
  binary_sensor: platform('binary_sensor', {
    state_topic: topic,
    ...optional({ value_template: text, device_class: Type.Enum(['problem']) }),
  }),
  select: platform('select', {
    command_topic: topic,
    options: Type.Array(text),
    ...optional({ state_topic: topic, value_template: text, command_template: text }),
  }),
  button: platform('button', {
    command_topic: topic,
    ...optional({ payload_press: text, device_class: Type.Enum(['identify', 'restart', 'update']) }),
  }),
  light: platform('light', {
    schema: Type.Literal('json'),
    command_topic: topic,
    ...optional({
      state_topic: topic,
      brightness: Type.Boolean(),
      effect: Type.Boolean(),
      effect_list: Type.Array(text),
      supported_color_modes: Type.Array(Type.Enum(['rgb'])),
    }),
  }),
  event: platform('event', {
    state_topic: topic,
    event_types: Type.Array(text),
    ...optional({ value_template: text, device_class: Type.Enum(['button', 'doorbell', 'motion']) }),
  }),
};

const Device = Type.Object(
  {
    dev: Type.Object(
      {
        ids: Type.Array(text, { minItems: 1 }),
        name: text,
        ...optional({ mf: text, mdl: text, sw: text, via_device: text }),
      },
      strict,
    ),
    o: Type.Object({ name: text, ...optional({ sw: text, url: text }) }, strict),
    cmps: Type.Record(Type.String(), Type.Unknown()),
    ...Availability,
    qos: Type.Enum([0, 1, 2]),
  },
  strict,
);

const options = {
  base: 'office/doorlight',
  prefix: 'homeassistant',
  version: '1.2.3',
  people: [{ id: 'alice', name: 'Alice Ng' }],
  lights: [
    { id: 'door', name: 'Room 204', kind: 'espruino' },
    { id: 'strip', kind: 'wled' },
  ],
};

interface Payload {
  dev: { ids: string[]; name: string; via_device?: string };
  cmps: Record<string, Record<string, unknown> & { p: string; unique_id: string }>;
  availability: { topic: string }[];
}
const devices = (changes: object = {}) =>
  [...discovery({ ...options, ...changes })].map(([at, payload]) => ({
    at,
    ...(JSON.parse(payload) as Payload),
  }));

describe("Home Assistant's discovery", () => {
  it('has one device for the bridge, each person and each light, as its documents ask', () => {
    const found = devices();
    expect(found.map(({ dev }) => dev.name)).toEqual(['Doorlight', 'Alice Ng', 'Room 204', 'strip']);
    for (const { at, ...device } of found) {
      expect(at).toMatch(/^homeassistant\/device\/[a-zA-Z0-9_-]+\/config$/);
      expect([...Value.Errors(Device, device)]).toEqual([]);
      for (const component of Object.values(device.cmps)) {
        expect([component.unique_id, ...Value.Errors(platforms[component.p]!, component)]).toEqual([
          component.unique_id,
        ]);
      }
    }
  });

  it('says of nobody that he is free, or set to anything, while that is not known', () => {
    const person = devices().find(({ dev }) => dev.name === 'Alice Ng')!;
    // binary_sensor.mqtt takes None for unknown; select.mqtt takes none, in any case, for no option at all.
    for (const key of ['in_call', 'busy'])
      expect(person.cmps[key]).toMatchObject({
        value_template: expect.stringMatching(/^\{\{ None if value_json\.status == 'unknown' else 'ON' if /),
      });
    const options = person.cmps['override']!['options'] as string[];
    expect(options.map((option) => option.toLowerCase())).not.toContain('none');
    expect(options[0]).toBe('automatic');
  });

  it('keeps every id when a name changes, and uses each once', () => {
    const ids = (of: ReturnType<typeof devices>) =>
      of.flatMap(({ at, cmps }) => [at, ...Object.values(cmps).map(({ unique_id }) => unique_id)]);
    const before = ids(devices());
    const after = ids(devices({ people: [{ id: 'alice', name: 'Alice Meyer' }] }));
    expect(after).toEqual(before);
    expect(new Set(before).size).toBe(before.length);
  });

  it('chains availability: bridge and source for a person, bridge and light for a light', () => {
    const [bridge, person, light] = devices().map(({ availability }) => availability.map((one) => one.topic));
    expect(bridge).toEqual(['office/doorlight/bridge/state']);
    expect(person).toEqual(['office/doorlight/bridge/state', 'office/doorlight/bridge/health']);
    expect(light).toEqual(['office/doorlight/bridge/state', 'office/doorlight/lights/door/availability']);
  });

  it('names no e-mail address', () => {
    expect(JSON.stringify(devices())).not.toContain('@');
  });
});
