/** What there is to see, put together from every part, and told to whoever looks. */
import type { LightHealth } from '../protocol/api.ts';
import type { HealthPayload, HealthView, LightView, LiveEvent, PersonView } from '../protocol/payloads.ts';
import type { Config, LightConfig } from './config/schema.ts';
import type { Health } from './health.ts';
import type { Director } from './lighting/director.ts';
import { looksWith } from './lighting/looks.ts';
import { classOf } from './lights/drivers.ts';
import type { Light } from './lights/light.ts';
import type { RosterRoom } from './rooms/roster.ts';
import type { Timeline } from './rooms/timeline.ts';
import type { View } from './web/view.ts';

export function createView(options: {
  version: string;
  /** In force now. */
  config: () => Config;
  timeline: Timeline;
  lightHealth: (light: LightView) => LightHealth;
  /** Who there is now. */
  roster: Pick<RosterRoom, 'ids' | 'has' | 'nameOf' | 'presenceOf'>;
  control: Pick<View, 'setLight' | 'setPerson'>;
  lights: ReadonlyMap<string, Light>;
  director: Director;
  health: Health;
  demo: Pick<View, 'setPresence'> | undefined;
}): View {
  const { config, roster, lights, director, health, timeline, demo } = options;
  const listeners = new Set<(event: LiveEvent) => void>();
  const pixels = new Map<string, string>();
  let looked: Config | undefined;
  let byId = new Map<string, LightConfig>();

  function tell(event: LiveEvent): void {
    for (const listener of listeners) listener(event);
  }

  function person(id: string): PersonView {
    return { ...roster.presenceOf(id), id, name: roster.nameOf(id) };
  }

  /** Looked up anew only when there is another configuration. */
  function configOf(id: string): LightConfig | undefined {
    if (looked !== config()) {
      looked = config();
      byId = new Map(looked.lights.map((light) => [light.id, light]));
    }
    return byId.get(id);
  }

  /** A light that comes or goes while the configuration changes is there only when all is. */
  const isThere = (id: string) => lights.has(id) && configOf(id) !== undefined;

  function lightView(id: string): LightView {
    const config = configOf(id)!;
    const { name = id, kind, shows } = config;
    const light = lights.get(id)!;
    return {
      id,
      name,
      kind,
      class: classOf(config),
      shows,
      ...light.report(),
      show: director.show(id) ?? null,
      quiet: director.isQuiet(id),
    };
  }

  return {
    version: options.version,
    person,
    people: () => roster.ids().map(person),
    lights: () => [...lights.keys()].filter(isThere).map(lightView),
    light: (id) => (isThere(id) ? lightView(id) : undefined),
    health: () => healthView(health.payload()),
    lightHealth: (id) => (isThere(id) ? options.lightHealth(lightView(id)) : undefined),
    timeline: (id) => (roster.has(id) ? timeline.of(id) : undefined),
    looks: () => looksWith(config().looks, config().colorBlind).all,
    missing: health.missing,
    setsTeams: () => config().people.some(({ writeBack }) => writeBack),
    pixels: () => [...pixels].map(([id, hex]) => ({ id, pixels: hex })),
    onEvent(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    setLight: options.control.setLight,
    setPerson: options.control.setPerson,
    identify(id) {
      lights.get(id)?.identify();
      return lights.has(id);
    },
    ...(demo?.setPresence ? { setPresence: demo.setPresence } : {}),
    personChanged(data) {
      timeline.saw(data.id, data.status);
      tell({ event: 'presence', data });
    },
    lightChanged: (id) => isThere(id) && tell({ event: 'light', data: lightView(id) }),
    removed(of, id) {
      if (of === 'people') timeline.forget(id);
      tell({ event: 'removed', data: { of, id } });
    },
    tell,
    healthChanged: (payload) => tell({ event: 'health', data: healthView(payload) }),
    pixelsChanged(id, bytes) {
      const hex = Buffer.from(bytes).toString('hex');
      if (pixels.get(id) === hex) return;
      pixels.set(id, hex);
      tell({ event: 'pixels', data: { id, pixels: hex } });
    },
  };
}

const healthView = (payload: HealthPayload): HealthView => ({ id: 'bridge', ...payload });
