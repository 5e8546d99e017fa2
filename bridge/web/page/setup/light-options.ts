/** What can be added: first what the bridge found, then every kind of light there is. */
import { t } from '../texts/texts.ts';

/** `GET /api/found`; what is known already is in the configuration. */
export interface Found {
  serial?: FoundSerial[];
  wled?: FoundTopic[];
  tasmota?: FoundTopic[];
  /** Lamps that knock and are not in the file. */
  lamps?: { id: string }[];
}
interface FoundTopic {
  topic: string;
  name?: string | null;
  known?: boolean | string | null;
}
interface FoundSerial {
  device: string;
  product?: string | null;
  protocol?: string | null;
  kind?: string;
  known?: boolean | string | null;
}

export interface LightOption {
  key: string;
  kind: string;
  text: string;
  detail: string;
  /** Its id, where the light brings one. */
  id?: string;
  /** What is known of it already. */
  value?: Record<string, unknown>;
  /** The one field that has to be typed. */
  asks?: 'topic' | 'device';
}

export function optionsFrom({ serial = [], wled = [], tasmota = [], lamps = [] }: Found): LightOption[] {
  const relay = (kind: 'wled' | 'tasmota', all: FoundTopic[]): LightOption[] =>
    all
      .filter(({ known }) => !known)
      .map(({ topic, name }) => ({
        key: `${kind} ${topic}`,
        kind,
        text: name || (t.kinds[kind] ?? kind),
        detail: t.light.foundAt(topic),
        value: { topic },
      }));
  return [
    ...lamps.map(({ id }) => ({
      key: `lamp ${id}`,
      kind: 'espruino',
      id,
      text: t.kinds['espruino']!,
      detail: t.light.knocks(id),
    })),
    ...serial
      .filter(({ known }) => !known)
      .map(({ device, product, protocol, kind = 'serial' }) => ({
        key: device,
        kind,
        text: product || t.kinds['serial']!,
        detail: t.light.foundAt(device),
        value: { device, ...(protocol ? { protocol } : {}) },
      })),
    ...relay('wled', wled),
    ...relay('tasmota', tasmota),
    { key: 'page', kind: 'page', text: t.light.phone, detail: t.light.phoneHint },
    { key: 'espruino', kind: 'espruino', text: t.light.esp32, detail: t.light.esp32Hint },
    ...(['wled', 'tasmota', 'zigbee2mqtt', 'esphome'] as const).map((kind) => ({
      key: kind,
      kind,
      text: t.kinds[kind]!,
      detail: t.light.byTopic,
      asks: 'topic' as const,
    })),
    { key: 'serial', kind: 'serial', text: t.kinds['serial']!, detail: t.light.byDevice, asks: 'device' },
  ];
}
