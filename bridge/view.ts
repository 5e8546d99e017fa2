/** What there is to see, put together from every part, and told to whoever looks. */
import type { LightView, LiveEvent, PersonView } from '../protocol/payloads.ts';
import type { Config } from './config/schema.ts';
import type { Health } from './health.ts';
import type { Director } from './lighting/director.ts';
import { classOf } from './lights/drivers.ts';
import type { Light } from './lights/light.ts';
import type { PersonPresence } from './presence/board.ts';
import type { View } from './web/view.ts';

export function createView(options: {
  version: string;
  config: Config;
  /** Who there is now, with the name that others see. */
  names: () => ReadonlyMap<string, string>;
  presenceOf: (person: string) => PersonPresence & Pick<PersonView, 'override'>;
  control: Pick<View, 'setLight' | 'setPerson'>;
  lights: ReadonlyMap<string, Light>;
  director: Director;
  health: Health;
  demo: Pick<View, 'setPresence'> | undefined;
}): View {
  const { config, names, presenceOf, lights, director, health, demo } = options;
  const lightConfigs = new Map(config.lights.map((light) => [light.id, light]));
  const listeners = new Set<(event: LiveEvent) => void>();
  const pixels = new Map<string, string>();

  function tell(event: LiveEvent): void {
    for (const listener of listeners) listener(event);
  }

  function person(id: string): PersonView {
    return { ...presenceOf(id), id, name: names().get(id) ?? id };
  }

  function lightView(id: string): LightView {
    const config = lightConfigs.get(id)!;
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
    };
  }

  return {
    version: options.version,
    person,
    people: () => [...names().keys()].map(person),
    lights: () => [...lights.keys()].map(lightView),
    health: health.payload,
    missing: health.missing,
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
    personChanged: (id) => tell({ event: 'presence', data: person(id) }),
    lightChanged: (id) => tell({ event: 'light', data: lightView(id) }),
    healthChanged: (data) => tell({ event: 'health', data }),
    pixelsChanged(id, bytes) {
      const hex = Buffer.from(bytes).toString('hex');
      if (pixels.get(id) === hex) return;
      pixels.set(id, hex);
      tell({ event: 'pixels', data: { id, pixels: hex } });
    },
  };
}
