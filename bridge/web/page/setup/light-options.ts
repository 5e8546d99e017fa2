/** What can be added: first what the bridge found, then every kind of light there is. */
import type { FoundLight } from '../../../../protocol/found.ts';
import { t } from '../texts/texts.ts';

export interface LightOption {
  key: string;
  kind: string;
  text: string;
  detail: string;
  /** What it is called in `/api/found`: the bridge makes a light of it in one step. */
  ref?: string;
  /** Whether it can blink before it is ours. */
  blinks?: boolean;
  /** The device of a board that is to be flashed. */
  port?: string;
  /** The one field that has to be typed. */
  asks?: 'topic' | 'device';
}

export function optionsFrom(found: readonly FoundLight[]): LightOption[] {
  return [
    ...found.filter(({ light }) => light === null).flatMap(optionOf),
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

/** Nothing for a device that does not say what it is: whoever knows types it. */
function optionOf({ ref, kinds, name, at, protocol, blinks }: FoundLight): LightOption[] {
  const [kind = 'serial'] = kinds;
  const option = { key: ref, kind, text: name, detail: t.light.foundAt(at) };
  if (kind === 'espruino') return [{ ...option, port: at }];
  return kind === 'serial' && protocol === null ? [] : [{ ...option, ref, blinks }];
}
