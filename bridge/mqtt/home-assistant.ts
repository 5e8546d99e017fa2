/**
 * Home Assistant's MQTT discovery, one message per device (home-assistant.io, "MQTT Discovery", device discovery
 * payload): the bridge, each person, each light. Ids are made of the base topic and the configuration's ids, never of a name.
 */
import { effects, statuses } from '../../protocol/status.ts';
import { type Topics, topicsBelow } from '../../protocol/topics.ts';

export interface Discovered {
  base: string;
  /** `homeassistant`, unless its user chose another. */
  prefix: string;
  version: string;
  people: readonly { id: string; name?: string | undefined }[];
  lights: readonly { id: string; name?: string | undefined; kind: string }[];
}

type Component = Record<string, unknown> & { p: string };

const origin = (version: string) => ({ name: 'Doorlight', sw: version });
const busy = ['busy', 'call', 'meeting', 'presenting', 'dnd', 'focusing'];
const inCall = ['call', 'presenting'];
/** Home Assistant takes the word none for no option at all. */
const noOverride = 'automatic';

/** Topic -> retained payload of every device. */
export function discovery(options: Discovered): Map<string, string> {
  const topics = topicsBelow(options.base);
  const node = nodeOf(options.base);
  const devices: [string, object][] = [
    [node, bridgeDevice(options, topics, node)],
    ...options.people.map((person): [string, object] => {
      const id = `${node}_person_${person.id}`;
      return [id, personDevice(options, topics, node, id, person)];
    }),
    ...options.lights.map((light): [string, object] => {
      const id = `${node}_light_${light.id}`;
      return [id, lightDevice(options, topics, node, id, light)];
    }),
  ];
  return new Map(
    devices.map(([id, device]) => [`${options.prefix}/device/${id}/config`, JSON.stringify(device)]),
  );
}

/** Whether a topic is one of those that this bridge offers its devices on. */
export function isOurDiscovery(prefix: string, base: string, topic: string): boolean {
  const ours = `${prefix}/device/${nodeOf(base)}`;
  return ['/', '_person_', '_light_'].some((next) => topic.startsWith(ours + next));
}

/** Discovery ids are of letters, digits, hyphens and underscores; two bridges on a broker differ in their base topic. */
function nodeOf(base: string): string {
  return base.replace(/[^a-zA-Z0-9_-]/g, '_');
}

const bridgeUp = (topics: Topics) => ({ topic: topics.bridgeState });
const sourceUp = (topics: Topics) => ({
  topic: topics.bridgeHealth,
  value_template: "{{ 'offline' if value_json.source == 'none' else 'online' }}",
});
const availability = (...list: object[]) => ({ availability: list, availability_mode: 'all' });

function bridgeDevice({ version, base }: Discovered, topics: Topics, node: string): object {
  const health = { state_topic: topics.bridgeHealth };
  const cmps: Record<string, Component> = {
    sign_in: {
      p: 'binary_sensor',
      name: 'Sign-in',
      ...health,
      value_template: "{{ 'OFF' if value_json.signIn == 'ok' else 'ON' }}",
      device_class: 'problem',
      entity_category: 'diagnostic',
    },
    source: {
      p: 'sensor',
      name: 'Source',
      ...health,
      value_template: '{{ value_json.source }}',
      device_class: 'enum',
      options: ['push', 'poll', 'none'],
      entity_category: 'diagnostic',
    },
    last_contact: {
      p: 'sensor',
      name: 'Last contact with Graph',
      ...health,
      value_template: '{{ value_json.lastGraphContact }}',
      device_class: 'timestamp',
      entity_category: 'diagnostic',
    },
    lights_online: {
      p: 'sensor',
      name: 'Lights online',
      ...health,
      value_template: '{{ value_json.lights.online }}',
      state_class: 'measurement',
      entity_category: 'diagnostic',
    },
    restate: {
      p: 'button',
      name: 'Restate',
      command_topic: `${base}/bridge/request/restate`,
      payload_press: '{}',
      entity_category: 'diagnostic',
    },
  };
  return {
    dev: { ids: [node], name: 'Doorlight', mf: 'Doorlight', mdl: 'Bridge', sw: version },
    o: origin(version),
    cmps: withIds(node, cmps),
    ...availability(bridgeUp(topics)),
    qos: 1,
  };
}

function personDevice(
  { version }: Discovered,
  topics: Topics,
  node: string,
  id: string,
  person: Discovered['people'][number],
): object {
  const state_topic = topics.presence(person.id);
  const command_topic = topics.presenceSet(person.id);
  // Setting by hand works while Graph is away.
  const always = availability(bridgeUp(topics));
  // None is how Home Assistant is told that nobody knows.
  const oneOf = (words: readonly string[]) =>
    `{{ None if value_json.status == 'unknown' else 'ON' if value_json.status in ${JSON.stringify(words).replaceAll('"', "'")} else 'OFF' }}`;
  const cmps: Record<string, Component> = {
    status: {
      p: 'sensor',
      name: null,
      state_topic,
      value_template: '{{ value_json.status }}',
      json_attributes_topic: state_topic,
      device_class: 'enum',
      options: [...statuses],
      icon: 'mdi:account-circle',
    },
    in_call: {
      p: 'binary_sensor',
      name: 'In a call',
      state_topic,
      value_template: oneOf(inCall),
      icon: 'mdi:phone-in-talk',
    },
    busy: {
      p: 'binary_sensor',
      name: 'Busy',
      state_topic,
      value_template: oneOf(busy),
      icon: 'mdi:minus-circle',
    },
    override: {
      p: 'select',
      name: 'Override',
      state_topic,
      value_template: `{{ value_json.override.status if value_json.override else '${noOverride}' }}`,
      command_topic,
      command_template: `{% if value == '${noOverride}' %}{"clear":true}{% else %}{"status":"{{ value }}"}{% endif %}`,
      options: [noOverride, ...statuses],
      ...always,
    },
    clear: { p: 'button', name: 'Clear override', command_topic, payload_press: '{"clear":true}', ...always },
  };
  return {
    dev: {
      ids: [id],
      name: person.name ?? person.id,
      mf: 'Doorlight',
      mdl: 'Person',
      via_device: node,
    },
    o: origin(version),
    cmps: withIds(id, cmps),
    ...availability(bridgeUp(topics), sourceUp(topics)),
    qos: 1,
  };
}

function lightDevice(
  { version }: Discovered,
  topics: Topics,
  node: string,
  id: string,
  light: Discovered['lights'][number],
): object {
  const command_topic = topics.light(light.id, 'set');
  const cmps: Record<string, Component> = {
    light: {
      p: 'light',
      name: null,
      schema: 'json',
      state_topic: topics.light(light.id, 'state'),
      command_topic,
      json_attributes_topic: topics.light(light.id, 'state'),
      brightness: true,
      supported_color_modes: ['rgb'],
      effect: true,
      effect_list: effects.filter((effect) => effect !== 'off'),
    },
    identify: {
      p: 'button',
      name: 'Identify',
      command_topic: topics.light(light.id, 'identify'),
      payload_press: '{}',
      device_class: 'identify',
      entity_category: 'config',
    },
    clear: { p: 'button', name: 'Clear override', command_topic, payload_press: '{"clear":true}' },
    ...(light.kind === 'espruino' ? { button: buttonOf(topics, light.id) } : {}),
  };
  return {
    dev: { ids: [id], name: light.name ?? light.id, mf: 'Doorlight', mdl: light.kind, via_device: node },
    o: origin(version),
    cmps: withIds(id, cmps),
    ...availability(bridgeUp(topics), { topic: topics.light(light.id, 'availability') }),
    qos: 1,
  };
}

function buttonOf(topics: Topics, light: string): Component {
  return {
    p: 'event',
    name: 'Button',
    state_topic: topics.light(light, 'button'),
    value_template: '{"event_type": "{{ value_json.press }}"}',
    event_types: ['short', 'long', 'double'],
    device_class: 'button',
  };
}

function withIds(device: string, cmps: Record<string, Component>): Record<string, Component> {
  return Object.fromEntries(
    Object.entries(cmps).map(([key, component]) => [key, { ...component, unique_id: `${device}_${key}` }]),
  );
}
