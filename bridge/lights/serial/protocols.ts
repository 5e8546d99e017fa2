/** Every serial protocol, in one list: a new one is a file here, a line below and a name in config/schema.ts. */
import type { SerialLightConfig } from '../../config/schema.ts';
import { adalight } from './adalight.ts';
import { blinkytape } from './blinkytape.ts';
import { busyTag } from './busy-tag.ts';
import { espruino } from './espruino.ts';
import { fitStatusb } from './fit-statusb.ts';
import { mutesync } from './mutesync.ts';
import type { SerialDriver } from './protocol.ts';
import { relay } from './relay.ts';
import { text } from './text.ts';
import { tower } from './tower.ts';
import { tpm2 } from './tpm2.ts';
import { wled } from './wled.ts';

export type SerialProtocolName = Exclude<SerialLightConfig['protocol'], 'auto'>;

export const serialDrivers: Readonly<Record<SerialProtocolName, SerialDriver>> = {
  'fit-statusb': fitStatusb,
  'busy-tag': busyTag,
  wled,
  adalight,
  tpm2,
  blinkytape,
  mutesync,
  tower,
  relay,
  espruino,
  text,
};
