/** What the schema cannot say: references, duplicates, and keys that contradict each other. */
import { type Fault, nearest } from './faults.ts';
import { isObjectId } from './object-id.ts';
import type { Config } from './schema.ts';

/** Every inconsistency of a configuration that is right by its schema. */
export const inconsistencies = (config: Config): Fault[] => rules.flatMap((rule) => rule(config));

const rules: ((config: Config) => Fault[])[] = [
  uniqueIds,
  namesSomebody,
  usbLights,
  throughMirror,
  pinsOfLeds,
  mirrorOrOwnBroker,
  accountsOfLights,
  unknownIsSeen,
  staleAfterReads,
  signInHasWhatItNeeds,
  quietHours,
  pushHasUrl,
];

function uniqueIds({ people, groups, microsoft, lights, mqtt }: Config): Fault[] {
  const lists: [string, string[]][] = [
    ['people', people.map((person) => person.id)],
    ['groups', groups.map((group) => group.id)],
    ['microsoft.accounts', microsoft?.accounts ?? []],
    ['lights', lights.map((light) => light.id)],
    ['mqtt.users', mqtt.users.map((user) => user.username)],
  ];
  const twice = lists.flatMap(([list, ids]) =>
    ids.flatMap((id, index) =>
      ids.indexOf(id) === index
        ? []
        : [
            {
              path: [...list.split('.'), index],
              message: `${JSON.stringify(id)} is there twice: ids are unique`,
            },
          ],
    ),
  );
  const both = groups.flatMap(({ id }, index) =>
    people.some((person) => person.id === id)
      ? [
          {
            path: ['groups', index, 'id'],
            message: `${JSON.stringify(id)} is the id of a person: choose another`,
          },
        ]
      : [],
  );
  return [...twice, ...both];
}

function namesSomebody({ people, groups, lights, notify }: Config): Fault[] {
  const known = [...people, ...groups].map(({ id }) => id);
  return [
    ...lights.flatMap(({ shows }, index) => nobody(['lights', index, 'shows'], shows, known, groups)),
    ...notify.flatMap((target, index) => nobody(['notify', index, 'people'], target.people, known, groups)),
  ];
}

/** Ids of a list that are nobody's. With groups, an object id may be that of a member. */
function nobody(path: Fault['path'], ids: string[], known: string[], groups: Config['groups']): Fault[] {
  return ids.flatMap((id, position) => {
    if (known.includes(id) || (groups.length > 0 && isObjectId(id))) return [];
    return [{ path: [...path, position], message: isNo('nobody under people', id, known, 'people:') }];
  });
}

/** What a reference to nothing says: what was expected, and what was meant, most likely. */
function isNo(what: string, id: string, known: readonly string[], section: string): string {
  const near = nearest(id, known);
  const expected = near
    ? `one of ${known.join(', ')}; the nearest is ${near}`
    : `an id listed under ${section}`;
  return `${JSON.stringify(id)} is ${what}: expected ${expected}`;
}

/** Most LEDs that a WLED reads rightly from a TPM2 frame (bridge/lights/serial/tpm2.ts). */
const mostTpm2Leds = 85;

/** What USB lights cannot be together, or with their protocol. */
function usbLights({ lights }: Config): Fault[] {
  const faults: Fault[] = [];
  const devices = new Map<string, string>();
  lights.forEach((light, index) => {
    if (light.kind !== 'serial' && light.kind !== 'hid') return;
    const other = devices.get(light.device);
    if (other !== undefined && light.device !== 'auto') {
      faults.push({
        path: ['lights', index, 'device'],
        message: `the light ${other} has this device already: one device is one light`,
      });
    }
    devices.set(light.device, light.id);
    if (light.kind === 'serial' && light.protocol === 'tpm2' && light.leds.count > mostTpm2Leds) {
      faults.push({
        path: ['lights', index, 'leds', 'count'],
        message: `expected at most ${mostTpm2Leds} with tpm2: choose the protocol adalight or wled for more`,
      });
    }
    const channels = light.kind === 'serial' ? Object.values(light.channels) : [];
    if (new Set(channels).size < channels.length) {
      faults.push({ path: ['lights', index, 'channels'], message: 'two colours share one channel' });
    }
  });
  return faults;
}

function throughMirror({ lights, mqtt }: Config): Fault[] {
  if (mqtt.mirror) return [];
  return lights.flatMap((light, index) =>
    'via' in light && light.via === 'mirror'
      ? [{ path: ['lights', index, 'via'], message: 'mirror needs mqtt.mirror, or choose main' }]
      : [],
  );
}

const pinsOf = { rgb: 'red, green, blue', traffic: 'red, yellow, green' };

function pinsOfLeds({ lights }: Config): Fault[] {
  return lights.flatMap((light, index) => {
    if (light.kind !== 'espruino') return [];
    const { type, pins } = light.leds;
    if ((type !== 'rgb' && type !== 'traffic') || pins) return [];
    const message = `${type} needs pins, such as [13, 14, 27] for ${pinsOf[type]}`;
    return [{ path: ['lights', index, 'leds'], message }];
  });
}

function mirrorOrOwnBroker({ mqtt }: Config): Fault[] {
  if (!mqtt.mirror || mqtt.broker === 'embedded') return [];
  const message = 'a mirror goes with the embedded broker only: leave mqtt.broker or mqtt.mirror out';
  return [{ path: ['mqtt', 'mirror'], message }];
}

function accountsOfLights({ lights, mqtt }: Config): Fault[] {
  const ids = new Set(lights.map((light) => light.id));
  return mqtt.users.flatMap(({ username }, index) =>
    ids.has(username)
      ? [
          {
            path: ['mqtt', 'users', index, 'username'],
            message: `${JSON.stringify(username)} is the id of a light, whose account it would share: choose another`,
          },
        ]
      : [],
  );
}

/** Of 255, in the strongest of red, green and blue. */
const leastLightOfUnknown = 128;

function unknownIsSeen({ looks }: Config): Fault[] {
  const { effect, color = '#ffffff' } = looks['unknown'] ?? {};
  const lightest = Math.max(...color.match(/[0-9a-f]{2}/gi)!.map((part) => Number.parseInt(part, 16)));
  const dark = (key: string, other: string) => ({
    path: ['looks', 'unknown', key],
    message: `unknown is never dark: choose ${other}`,
  });
  if (effect === 'off') return [dark('effect', 'another effect')];
  return lightest < leastLightOfUnknown ? [dark('color', 'a lighter colour, such as #2040ff')] : [];
}

function staleAfterReads({ source: { pollSeconds, reconcileSeconds, staleAfterSeconds } }: Config): Fault[] {
  const least = 2 * Math.max(pollSeconds, reconcileSeconds);
  if (staleAfterSeconds >= least) return [];
  const message = `expected at least ${least}, twice pollSeconds and reconcileSeconds, got ${staleAfterSeconds}`;
  return [{ path: ['source', 'staleAfterSeconds'], message }];
}

function pushHasUrl({ source }: Config): Fault[] {
  if (source.mode !== 'push' || source.publicUrl) return [];
  return [{ path: ['source', 'mode'], message: 'push needs publicUrl beside it, or choose auto or poll' }];
}

/** What each way of signing in needs beside it. */
function signInHasWhatItNeeds({ microsoft, source }: Config): Fault[] {
  if (!microsoft) return [];
  const faults: Fault[] = [];
  const path = ['microsoft', 'signIn'];
  if (microsoft.clientSecret && microsoft.clientCertificate) {
    faults.push({
      path: ['microsoft', 'clientSecret'],
      message: 'clientSecret and clientCertificate are both there: keep one of them',
    });
  }
  if (microsoft.signIn !== 'app') return faults;
  if (!microsoft.clientSecret && !microsoft.clientCertificate) {
    faults.push({ path, message: 'app needs clientSecret or clientCertificate beside it' });
  }
  if (microsoft.accounts.length > 1) {
    faults.push({ path, message: 'app signs in as itself, so accounts lists one name only' });
  }
  if (source.mode === 'push') {
    faults.push({
      path,
      message:
        'app can only poll, because Graph allows presence push to users only: choose source.mode auto or poll',
    });
  }
  return faults;
}

function quietHours({ quiet, lights }: Config): Fault[] {
  const ids = lights.map((light) => light.id);
  const day = '(sun|mon|tue|wed|thu|fri|sat)';
  const days = new RegExp(`^${day}(-${day})?$`, 'i');
  return quiet.flatMap((rule, index) => {
    const path = ['quiet', index];
    const unknown = rule.lights === 'all' ? [] : rule.lights.filter((id) => !ids.includes(id));
    return [
      ...unknown.map((id) => ({ path: [...path, 'lights'], message: isNo('no light', id, ids, 'lights:') })),
      ...rule.days
        .filter((word) => !days.test(word))
        .map((word) => ({
          path: [...path, 'days'],
          message: `expected days such as mon-fri or sat, got ${JSON.stringify(word)}`,
        })),
      ...(rule.zone && !isZone(rule.zone)
        ? [
            {
              path: [...path, 'zone'],
              message: `expected an IANA time zone such as Europe/Berlin, got ${JSON.stringify(rule.zone)}`,
            },
          ]
        : []),
    ];
  });
}

function isZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }) !== undefined;
  } catch {
    return false;
  }
}
