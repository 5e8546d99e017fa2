/** Which fields each part of the configuration has on the page; the file may say more, and keeps it. */
import type { FieldSpec } from './control.tsx';

const name: FieldSpec = { key: 'name', as: 'text' };
const share: FieldSpec = { key: 'share', as: 'choice', options: ['full', 'status', 'busy-free'] };

export const personFields: readonly FieldSpec[] = [
  name,
  { key: 'user', as: 'text' },
  share,
  { key: 'writeBack', as: 'flag' },
];

export const groupFields: readonly FieldSpec[] = [{ key: 'group', as: 'text' }, share];

const everyLight: readonly FieldSpec[] = [
  name,
  { key: 'shows', as: 'shows' },
  { key: 'combine', as: 'choice', options: ['busiest', 'first', 'all'] },
  { key: 'brightness', as: 'level' },
  { key: 'night', as: 'night' },
];
const relay: readonly FieldSpec[] = [
  { key: 'topic', as: 'text' },
  { key: 'via', as: 'choice', options: ['main', 'mirror'] },
];

const ofKind: Readonly<Record<string, readonly FieldSpec[]>> = {
  espruino: [
    { key: 'leds/count', as: 'whole' },
    { key: 'leds/pin', as: 'whole' },
    { key: 'leds/order', as: 'choice', options: ['grb', 'rgb'] },
  ],
  serial: [{ key: 'device', as: 'text' }],
  wled: relay,
  tasmota: relay,
  zigbee2mqtt: relay,
  esphome: relay,
};

export const lightFields = (kind: string): readonly FieldSpec[] => [...everyLight, ...(ofKind[kind] ?? [])];

export const microsoftFields: readonly FieldSpec[] = [
  { key: 'tenant', as: 'text' },
  { key: 'clientId', as: 'text' },
  { key: 'cloud', as: 'choice', options: ['global', 'usgov', 'dod'] },
  { key: 'signIn', as: 'choice', options: ['device-code', 'browser', 'app'] },
  { key: 'clientSecret', as: 'secret' },
];

export const sourceFields: readonly FieldSpec[] = [
  { key: 'mode', as: 'choice', options: ['auto', 'push', 'poll'] },
  { key: 'publicUrl', as: 'text' },
  { key: 'pollSeconds', as: 'whole' },
  { key: 'reconcileSeconds', as: 'whole' },
  { key: 'staleAfterSeconds', as: 'whole' },
];
