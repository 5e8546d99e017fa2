import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { looksWith } from '../../../bridge/lighting/looks.ts';
import type { SerialProtocol } from '../../../bridge/lights/serial/protocol.ts';
import { type SerialProtocolName, serialDrivers } from '../../../bridge/lights/serial/protocols.ts';
import { chooseProtocol } from '../../../bridge/lights/usb/choose.ts';
import { lastWords } from '../../../bridge/lights/usb/last-words.ts';
import { renderShow } from '../../../protocol/effect.ts';
import type { Show } from '../../../protocol/show.ts';
import type { Status } from '../../../protocol/status.ts';
import { anyShow, anyStatus, look, usbLight } from './kit.ts';
import { serialReaders } from './readers.ts';

const extra: Partial<Record<SerialProtocolName, string>> = {
  adalight: 'leds: { count: 3 }',
  tpm2: 'leds: { count: 2 }',
  blinkytape: 'leds: { count: 2 }',
  espruino: 'leds: { count: 2, pin: B15 }',
};

function protocolOf(name: SerialProtocolName, keys = extra[name] ?? ''): SerialProtocol {
  const config = usbLight(`kind: serial, device: /dev/x, protocol: ${name}${keys && `, ${keys}`}`);
  const chosen = chooseProtocol(config, undefined);
  if ('refused' in chosen) throw new Error(chosen.refused);
  return chosen.protocol as SerialProtocol;
}

/** What a light sends for a show at a moment: the message of the whole, or one picture. */
function bytesOf(protocol: SerialProtocol, any: Show, stands?: Status, ms = 0, colorBlind = false): Buffer {
  const show = protocol.within?.(any, stands, colorBlind) ?? any;
  const whole = protocol.whole?.(show, stands);
  if (whole) return whole;
  const pixels = new Uint8Array(protocol.leds * 3);
  renderShow(show, ms, pixels);
  return protocol.frame(pixels, show, stands);
}

const hexOf = (protocol: SerialProtocol, show: Show, stands?: Status) =>
  bytesOf(protocol, show, stands).toString('hex');
const textOf = (protocol: SerialProtocol, show: Show, stands?: Status, ms = 0) =>
  bytesOf(protocol, show, stands, ms).toString('latin1');
const red = look(255, 0, 0);
const green = look(0, 255, 0);
const dark: Show = { state: 'OFF' };

describe("the makers' own examples", () => {
  it('fit-statUSB: dim green, bright yellow, a red that comes and goes', () => {
    const protocol = protocolOf('fit-statusb');
    expect(textOf(protocol, look(0, 0x12, 0))).toBe('#001200\n');
    expect(textOf(protocol, look(255, 255, 0))).toBe('#FFFF00\n');
    expect(textOf(protocol, look(255, 0, 0, 'blink-slow'))).toBe('B#FF0000-1000#000000-1000\n');
    expect(protocol.hear!('(ff,00,12)')).toBe('ok');
    expect(protocol.hear!('modem')).toBeUndefined();
  });

  it('Busy Tag: all seven LEDs; OK and ERROR are told from events', () => {
    const protocol = protocolOf('busy-tag');
    expect(textOf(protocol, look(0x99, 0, 0))).toBe('AT+SC=127,990000\r\n');
    expect(protocol.line).toEqual({ baudRate: 460_800, modem: { dtr: false, rts: true } });
    expect(['OK', '+DN:busytag-653574', 'ERROR:1', '+evn:PP,1'].map((line) => protocol.hear!(line))).toEqual([
      'ok',
      'ok',
      'refused',
      undefined,
    ]);
  });

  it('WLED: one object, its nightlight armed, and nothing between objects', () => {
    const protocol = protocolOf('wled');
    expect(JSON.parse(textOf(protocol, look(255, 0, 0, 'pulse', 128)))).toEqual({
      on: true,
      bri: 128,
      nl: { on: true, dur: 1, mode: 0, tbri: 0 },
      seg: [
        {
          fx: 2,
          sx: 200,
          pal: 0,
          col: [
            [255, 0, 0],
            [0, 0, 0],
            [0, 0, 0],
          ],
        },
      ],
    });
    expect(JSON.parse(textOf(protocol, dark))).toEqual({ on: false, nl: { on: false } });
    const said = '{"state":{"on":true,"bri":128,"seg":[{"col":[[255,0,0,0],[0,0,0,0]]}]},"info":{}}';
    expect(protocol.hear!(said)).toEqual({ on: true, brightness: 128, color: { r: 255, g: 0, b: 0 } });
    expect(protocol.hear!('WLED 0.15.0')).toBe('ok');
    expect(protocol.hear!('{"state":')).toBeUndefined();
  });

  it('Adalight: Ada, two LEDs more than one, the check byte', () => {
    expect(hexOf(protocolOf('adalight'), red)).toBe(`416461000257${'ff0000'.repeat(3)}`);
  });

  it('Adalight: 256 LEDs and more carry into the high byte', () => {
    const bytes = bytesOf(protocolOf('adalight', 'leds: { count: 300 }'), red);
    expect(bytes.subarray(0, 6).toString('hex')).toBe('416461012b7f');
    expect(bytes).toHaveLength(6 + 900);
  });

  it('TPM2: start, data, length, end', () => {
    expect(hexOf(protocolOf('tpm2'), green)).toBe(`c9da0006${'00ff00'.repeat(2)}36`);
  });

  it('BlinkyTape: no colour byte is the one that shows', () => {
    expect(hexOf(protocolOf('blinkytape'), look(255, 255, 255))).toBe(`${'fefefe'.repeat(2)}ff`);
  });

  it('MuteSync: A and four times the colour', () => {
    expect(hexOf(protocolOf('mutesync'), look(1, 2, 3))).toBe(`41${'010203'.repeat(4)}`);
  });

  it('tower light: the buzzer silent, the others dark, then its lamp on or blinking', () => {
    const protocol = protocolOf('tower');
    expect(hexOf(protocol, red, 'busy')).toBe('28222411');
    expect(hexOf(protocol, look(255, 0, 0, 'blink-slow'), 'dnd')).toBe('28222441');
    expect(hexOf(protocol, look(32, 64, 255, 'breathe'), 'unknown')).toBe('28212442');
    expect(hexOf(protocol, look(255, 191, 0), 'away')).toBe('28212224');
    expect(hexOf(protocol, look(160, 0, 255), 'ooo')).toBe('28212412');
  });

  it('relay board: A0, channel, state, sum', () => {
    const protocol = protocolOf('relay');
    expect(hexOf(protocol, red, 'busy')).toBe('a00200a2' + 'a00300a3' + 'a00101a2');
    expect(hexOf(protocol, dark, 'offline')).toBe('a00100a1' + 'a00200a2' + 'a00300a3');
    const other = protocolOf('relay', 'channels: { red: 3, yellow: 2, green: 1 }');
    expect(hexOf(other, green, 'available')).toBe('a00300a3' + 'a00200a2' + 'a00101a2');
  });

  it('Espruino: Ctrl-C, a function by a line without echo, then a call of it per picture', () => {
    const protocol = protocolOf('espruino');
    expect(protocol.greet![0]!.toString('hex')).toBe('03');
    expect(protocol.greet![1]![0]).toBe(0x10);
    expect(protocol.greet![1]!.toString('latin1')).toMatch(
      /^.dl=.*function\(s,end\).*require\("neopixel"\)\.write\(B15,a\).*\n$/,
    );
    expect(textOf(protocol, look(1, 2, 3))).toBe('\x10dl("020103")\n');
  });

  it('Espruino with our firmware: the show itself, once the board has said what it is', () => {
    const protocol = protocolOf('espruino');
    expect(protocol.hear!('>doorlight lamp')).toBe('other');
    expect(textOf(protocol, dark)).toBe(`\x10show('{"state":"OFF"}')\n`);
    expect(protocol.hear!('doorlight lamp')).toBe('ok');
    expect(protocol.hear!('doorlight board')).toBe('other');
    expect(textOf(protocol, dark)).toBe('\x10dl("000000")\n');
  });
});

describe('text for home-made sketches', () => {
  const sketch = (text: string) => protocolOf('text', `text: ${text}`);

  it('sends the template of the status, and `default` for another', () => {
    const protocol = sketch('{ templates: { available: G, busy: R, off: X, default: "?" }, ending: crlf }');
    expect(textOf(protocol, green, 'available')).toBe('G\r\n');
    expect(textOf(protocol, red, 'busy')).toBe('R\r\n');
    expect(textOf(protocol, red, 'meeting')).toBe('?\r\n');
    expect(textOf(protocol, dark, 'offline')).toBe('X\r\n');
    expect(textOf(protocol, dark, 'busy')).toBe('X\r\n');
  });

  it('fills in colours, words and bytes', () => {
    const words = sketch('{ templates: { default: "{status} {effect} {r},{g},{b} {hex} {brightness}" } }');
    expect(textOf(words, look(255, 16, 0, 'pulse', 255), 'call')).toBe('call pulse 255,16,0 FF1000 255\n');
    const own = sketch('{ templates: { default: "{go}{hex}" }, open: "{hello}" }');
    expect(textOf(own, red)).toBe('{go}FF0000\n');
    expect(String(own.greet![0])).toBe('{hello}\n');
    const bytes = sketch('{ templates: { default: "hex:41 {r} {g} {b} 0a" }, ending: none }');
    expect(hexOf(bytes, look(1, 2, 255))).toBe('410102ff0a');
  });

  it('draws what the template leaves to the bridge', () => {
    const protocol = sketch('{ templates: { default: "{hex}" } }');
    expect(textOf(protocol, look(255, 0, 0, 'blink'), 'dnd', 0)).toBe('FF0000\n');
    expect(textOf(protocol, look(255, 0, 0, 'blink'), 'dnd', 600)).toBe('000000\n');
  });

  it('refuses bytes that are none', () => {
    expect(() => sketch('{ templates: { default: "hex:4" } }')).toThrow(
      /lights\[0\]\.text\.templates\.default/,
    );
    expect(() => sketch('{ templates: { default: "hex:41 {status}" } }')).toThrow(/default/);
  });
});

/** What a device of each protocol takes for a message: a frame is valid when its reader finds nothing else in it. */
const valid: Record<SerialProtocolName, (bytes: Buffer) => boolean> = {
  'fit-statusb': (bytes) =>
    /^(#[0-9A-F]{6}|B#[0-9A-F]{6}-\d{4}#000000-\d{4})\n$/.test(bytes.toString('latin1')),
  'busy-tag': (bytes) => /^AT\+SC=127,[0-9A-F]{6}\r\n$/.test(bytes.toString('latin1')),
  wled(bytes) {
    const { bri = 0, seg } = JSON.parse(bytes.toString('latin1')) as { bri?: number; seg?: unknown[] };
    return Number.isInteger(bri) && bri >= 0 && bri <= 255 && (seg === undefined || seg.length === 1);
  },
  adalight: (bytes) =>
    bytes.length === 6 + 9 &&
    bytes.subarray(0, 3).toString('latin1') === 'Ada' &&
    bytes[5] === (bytes[3]! ^ bytes[4]! ^ 0x55) &&
    bytes.readUInt16BE(3) === 2,
  tpm2: (bytes) => bytes.readUInt16BE(2) === bytes.length - 5 && bytes.at(-1) === 0x36,
  blinkytape: (bytes) => bytes.indexOf(255) === bytes.length - 1 && bytes.length === 7,
  mutesync: (bytes) => bytes.length === 13 && bytes[0] === 0x41,
  // No byte may start the buzzer, and no two lamps are ever lit.
  tower: (bytes) =>
    bytes[0] === 0x28 &&
    bytes.every((byte) => /^(2[1248]|[14][124])$/.test(byte.toString(16))) &&
    bytes.filter((byte) => byte >> 4 !== 2).length <= 1,
  relay(bytes) {
    const parts = Array.from({ length: bytes.length / 4 }, (_, at) => bytes.subarray(at * 4, at * 4 + 4));
    return (
      bytes.length === 12 &&
      parts.every(([a, b, c, sum]) => a === 0xa0 && [1, 2, 3].includes(b!) && (a + b! + c!) % 256 === sum) &&
      parts.filter(([, , on]) => on === 1).length <= 1
    );
  },
  espruino: (bytes) =>
    bytes[0] === 0x10 && /^dl\("([0-9a-f]{6}){1,2}"\)\n$/.test(bytes.toString('latin1', 1)),
  text: (bytes) => /^[0-9A-F]{6}\n$/.test(bytes.toString('latin1')),
};

describe('any show at any moment', () => {
  const names = Object.keys(serialDrivers) as SerialProtocolName[];

  it.each(names)('is a message that %s understands, and so is the last one', (name) => {
    const protocol = protocolOf(name);
    fc.assert(
      fc.property(anyShow, anyStatus, fc.integer({ min: 0, max: 4_000_000_000_000 }), (show, stands, ms) => {
        expect(valid[name](bytesOf(protocol, show, stands, ms))).toBe(true);
      }),
    );
    for (const onStop of ['dark', 'unknown']) {
      const config = usbLight(
        `kind: serial, device: /dev/x, protocol: ${name}, onStop: ${onStop}, ${extra[name] ?? ''}`,
      );
      for (const bytes of lastWords(protocol, config)) expect(valid[name](bytes)).toBe(true);
    }
  });
});

describe('without colour', () => {
  it.each(['tower', 'relay'] as const)(
    '%s: six classes, by which lamp is lit and whether it blinks',
    (name) => {
      const protocol = protocolOf(name);
      const looks = looksWith({}, true);
      const seconds = Array.from({ length: 16 }, (_, index) => index * 500);
      const seen = (status: Status) =>
        seconds
          .map((ms) => bytesOf(protocol, looks.show(status, 1), status, ms, true).toString('hex'))
          .join(' ');
      const classes: Status[][] = [
        ['available'],
        ['busy', 'meeting', 'dnd', 'focusing'],
        ['call', 'presenting'],
        ['away', 'brb'],
        ['offline', 'ooo'],
        ['unknown'],
      ];
      const pictures = classes.map((statuses) => new Set(statuses.map(seen)));
      for (const same of pictures) expect(same.size).toBe(1);
      expect(new Set(pictures.flatMap((same) => [...same])).size).toBe(classes.length);
    },
  );
});

describe('what it shines in', () => {
  const plain: readonly string[] = ['tower', 'relay'];
  const names = (Object.keys(serialDrivers) as SerialProtocolName[]).filter((name) => !plain.includes(name));
  const parts = (color: string | undefined) => [...Buffer.from(color!, 'hex')];

  it.each(names)('%s: the colour, at its brightness', (name) => {
    const protocol = protocolOf(name);
    const byte = fc.integer({ min: 0, max: 255 });
    fc.assert(
      fc.property(byte, byte, byte, byte, (r, g, b, brightness) => {
        const shown = parts(
          serialReaders[name](bytesOf(protocol, look(r, g, b, 'solid', brightness), 'busy')),
        );
        for (const [at, part] of [r, g, b].entries()) {
          // Two of 255 for rounding, and for the value that a BlinkyTape does not have.
          expect(Math.abs(shown[at]! - (part * brightness) / 255)).toBeLessThanOrEqual(2);
        }
      }),
    );
  });

  it.each(names)(
    '%s: unknown at any moment and any brightness with a tenth of its light at least',
    (name) => {
      const protocol = protocolOf(name);
      fc.assert(
        fc.property(
          fc.integer({ min: 26, max: 255 }),
          fc.integer({ min: 0, max: 8_000 }),
          (brightness, ms) => {
            const unknown = look(32, 64, 255, 'breathe', brightness);
            const [, , blue] = parts(serialReaders[name](bytesOf(protocol, unknown, 'unknown', ms)));
            expect(blue).toBeGreaterThanOrEqual(25);
          },
        ),
      );
    },
  );
});
