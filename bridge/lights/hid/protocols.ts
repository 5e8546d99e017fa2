/** Every HID light, in one list: a new one is a file here, a line below and a name in config/schema.ts. */
import type { HidLightConfig } from '../../config/schema.ts';
import { blink1 } from './blink1.ts';
import { blinkstick } from './blinkstick.ts';
import { blynclight } from './blynclight.ts';
import { kuando } from './kuando.ts';
import { luxafor } from './luxafor.ts';
import { muteme } from './muteme.ts';
import type { HidDriver } from './protocol.ts';

export type HidProtocolName = Exclude<HidLightConfig['protocol'], 'auto'>;

export const hidDrivers: Readonly<Record<HidProtocolName, HidDriver>> = {
  luxafor,
  kuando,
  blynclight,
  blink1,
  blinkstick,
  muteme,
};
