/** What a device of each protocol shines in after all that it was sent, read as its maker says: RRGGBB in small letters. */
import type { HidProtocolName } from '../../../bridge/lights/hid/protocols.ts';
import type { SerialProtocolName } from '../../../bridge/lights/serial/protocols.ts';

type Reader = (heard: Buffer) => string | undefined;

const hex = (...rgb: number[]) => Buffer.from(rgb).toString('hex');
const last = (heard: Buffer, pattern: RegExp) =>
  [...heard.toString('latin1').matchAll(pattern)].at(-1)?.[1]?.toLowerCase();

export const serialReaders: Record<SerialProtocolName, Reader> = {
  'fit-statusb': (heard) => last(heard, /^B?#(.{6})/gm),
  'busy-tag': (heard) => last(heard, /AT\+SC=127,(.{6})\r\n/g),
  wled(heard) {
    const object = last(heard, /^(\{"on":.*\})$/gm);
    if (!object) return undefined;
    const {
      on,
      bri = 0,
      seg,
    } = JSON.parse(object) as {
      on: boolean;
      bri?: number;
      seg?: { fx: number; col: number[][] }[];
    };
    if (!on || !seg) return '000000';
    const [first = [], second = []] = seg[0]!.col;
    // Breathe goes down to 30 of 255 of the first colour over the second (FX.cpp, mode_breath).
    const share = seg[0]!.fx === 2 ? 30 / 255 : 1;
    return hex(
      ...first.map((part, at) => Math.round(((second[at]! + (part - second[at]!) * share) * bri) / 255)),
    );
  },
  adalight: (heard) => heard.subarray(-3).toString('hex'),
  tpm2: (heard) => heard.subarray(-4, -1).toString('hex'),
  blinkytape: (heard) => heard.subarray(-4, -1).toString('hex'),
  mutesync: (heard) => heard.subarray(-3).toString('hex'),
  tower: (heard) => ({ 17: 'ff0000', 18: 'ffff00', 20: '00ff00' })[heard.at(-1) ?? 0],
  relay: (heard) => ({ 1: 'ff0000', 2: 'ffff00', 3: '00ff00' })[heard.at(-2) === 1 ? heard.at(-3)! : 0],
  espruino(heard) {
    const [, g, r, b] = [...heard.toString('latin1').matchAll(/dl\("(..)(..)(..)/g)].at(-1) ?? [];
    return g && `${r}${g}${b}`;
  },
  text: (heard) => heard.toString('latin1').trimEnd().split('\n').at(-1)?.toLowerCase(),
};

/** The newest report; a keep-alive is no colour. */
export const hidReaders: Record<HidProtocolName, Reader> = {
  luxafor: ([id, mode, leds, r, g, b]) =>
    id === 0 && mode === 1 && leds === 255 ? hex(r!, g!, b!) : undefined,
  kuando: (report) =>
    report[1] === 0x10 ? hex(...[...report.subarray(3, 6)].map((share) => (share * 255) / 100)) : undefined,
  blynclight: ([, r, b, g, control]) => (control === 1 ? '000000' : hex(r!, g!, b!)),
  blink1: ([id, command, r, g, b]) => (id === 1 && command === 0x63 ? hex(r!, g!, b!) : undefined),
  blinkstick: ([id, r, g, b]) => (id === 1 ? hex(r!, g!, b!) : undefined),
  muteme: ([, bits = 0]) => hex(...[1, 2, 4].map((bit) => (bits & bit ? 255 : 0))),
};
