import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HidProtocol } from '../../../bridge/lights/hid/protocol.ts';
import { type HidProtocolName, hidDrivers } from '../../../bridge/lights/hid/protocols.ts';
import { chooseProtocol } from '../../../bridge/lights/usb/choose.ts';
import { lastWords } from '../../../bridge/lights/usb/last-words.ts';
import { renderShow } from '../../../protocol/effect.ts';
import type { Show } from '../../../protocol/show.ts';
import { anyShow, anyStatus, look, usbLight } from './kit.ts';
import { hidReaders } from './readers.ts';

function protocolOf(name: HidProtocolName, keys = ''): HidProtocol {
  const chosen = chooseProtocol(usbLight(`kind: hid, protocol: ${name}${keys && `, ${keys}`}`), undefined);
  if ('refused' in chosen) throw new Error(chosen.refused);
  return chosen.protocol;
}

function bytesOf(protocol: HidProtocol, show: Show, ms = 0): Buffer {
  const whole = protocol.whole?.(show, undefined);
  if (whole) return whole;
  const pixels = new Uint8Array(protocol.leds * 3);
  renderShow(show, ms, pixels);
  return protocol.frame(pixels, show, undefined);
}

const hexOf = (protocol: HidProtocol, show: Show) => bytesOf(protocol, show).toString('hex');
const red = look(255, 0, 0);

describe("the makers' reports", () => {
  it('Luxafor: mode 1, all LEDs', () => {
    expect(hexOf(protocolOf('luxafor'), look(1, 2, 3))).toBe('0001ff010203000000');
  });

  it('Kuando: a step in percent, a silent sound, the sum of all before in the last two bytes', () => {
    const protocol = protocolOf('kuando');
    const bytes = bytesOf(protocol, red);
    expect(bytes.toString('hex')).toBe(`00${'1001640000010080'}${'00'.repeat(48)}${'000000ffffff'}${'03f3'}`);
    expect(
      bytesOf(protocol, look(255, 0, 0, 'blink-slow'))
        .subarray(1, 9)
        .toString('hex'),
    ).toBe('1001640000' + '0a0a80');
    expect(protocol.keepAlive!.subarray(0, 2).toString('hex')).toBe('008f');
    expect(hidDrivers.kuando.class).toBe('timer');
  });

  it('Blynclight: red, blue, green; its off bit when dark', () => {
    const protocol = protocolOf('blynclight');
    expect(hexOf(protocol, look(255, 64, 128))).toBe('00ff8040' + '000000ff22');
    expect(hexOf(protocol, { state: 'OFF' })).toBe('00000000' + '010000ff22');
  });

  it('blink(1): fade, pattern lines for when the bridge is gone, a tickle of 45 s', () => {
    const protocol = protocolOf('blink1', 'onStop: unknown');
    expect(protocol.feature).toBe(true);
    expect(hexOf(protocol, look(1, 2, 3))).toBe('0163010203000000');
    expect(protocol.greet).toHaveLength(12);
    expect(protocol.greet![0]!.toString('hex')).toBe('01502040ff00c800');
    expect(protocol.greet![11]!.toString('hex')).toBe('0150070d3300c80b');
    // 4,500 times ten milliseconds are 0x1194.
    expect(protocol.keepAlive!.toString('hex')).toBe('014401119400000c');
    expect(protocolOf('blink1').greet![0]!.toString('hex')).toBe('015000000000c800');
  });

  it('BlinkStick: one LED plainly, more of them green first', () => {
    expect(hexOf(protocolOf('blinkstick'), look(1, 2, 3))).toBe('01010203');
    const eight = bytesOf(protocolOf('blinkstick', 'leds: { count: 8 }'), look(1, 2, 3));
    expect(eight.toString('hex')).toBe(`0600${'020103'.repeat(8)}`);
    expect(bytesOf(protocolOf('blinkstick', 'leds: { count: 20 }'), red)).toHaveLength(2 + 32 * 3);
  });

  it('MuteMe: seven colours, dim, and its own pulses', () => {
    const protocol = protocolOf('muteme');
    expect(hexOf(protocol, red)).toBe('0001');
    expect(hexOf(protocol, look(255, 191, 0))).toBe('0003');
    expect(hexOf(protocol, look(0, 255, 0, 'solid', 60))).toBe('0012');
    expect(hexOf(protocol, look(255, 0, 0, 'pulse'))).toBe('0021');
    expect(hexOf(protocol, look(32, 64, 255, 'breathe'))).toBe('0034');
    expect(hexOf(protocol, { state: 'OFF' })).toBe('0000');
  });
});

const valid: Record<HidProtocolName, (bytes: Buffer) => boolean> = {
  luxafor: (bytes) => bytes.length === 9 && bytes[0] === 0 && bytes[1] === 1,
  kuando(bytes) {
    const [, ...body] = bytes;
    const sum = body.slice(0, 62).reduce((total, byte) => total + byte, 0);
    // 0x20 would reset it, 0x40 start its bootloader; an unused step is a 0.
    const commands = [0, 8, 16, 24, 32, 40, 48].map((at) => body[at]);
    return (
      bytes.length === 65 &&
      bytes.readUInt16BE(63) === sum &&
      commands.every((command) => command === 0 || command === 0x10) &&
      body.slice(2, 5).every((share) => share <= 100)
    );
  },
  blynclight: (bytes) => bytes.length === 9 && bytes.readUInt16BE(7) === 0xff22 && [0, 1].includes(bytes[4]!),
  blink1: (bytes) => bytes.length === 8 && bytes[0] === 1 && bytes[1] === 'c'.charCodeAt(0),
  blinkstick: (bytes) => bytes.length === 4 && bytes[0] === 1,
  // 0x41 would make it a drive for firmware.
  muteme: (bytes) => bytes.length === 2 && bytes[0] === 0 && bytes[1]! <= 0x37 && (bytes[1]! & 0x08) === 0,
};

describe('any show at any moment', () => {
  it.each(Object.keys(hidDrivers) as HidProtocolName[])('is a report that %s understands', (name) => {
    const protocol = protocolOf(name);
    fc.assert(
      fc.property(anyShow, anyStatus, fc.integer({ min: 0, max: 4_000_000_000_000 }), (show, _stands, ms) => {
        expect(valid[name](bytesOf(protocol, show, ms))).toBe(true);
      }),
    );
    for (const onStop of ['dark', 'unknown']) {
      const config = usbLight(`kind: hid, protocol: ${name}, onStop: ${onStop}`);
      for (const bytes of lastWords(protocol, config)) expect(valid[name](bytes)).toBe(true);
    }
  });
});

describe('what it shines in', () => {
  const names = (Object.keys(hidDrivers) as HidProtocolName[]).filter((name) => name !== 'muteme');
  const byte = fc.integer({ min: 0, max: 255 });
  const parts = (name: HidProtocolName, show: Show, ms = 0) => [
    ...Buffer.from(hidReaders[name](bytesOf(protocolOf(name), show, ms))!, 'hex'),
  ];

  it.each(names)('%s: the colour, at its brightness', (name) => {
    fc.assert(
      fc.property(byte, byte, byte, byte, (r, g, b, brightness) => {
        const shown = parts(name, look(r, g, b, 'solid', brightness));
        for (const [at, part] of [r, g, b].entries()) {
          // A Busylight has a hundred steps.
          expect(Math.abs(shown[at]! - (part * brightness) / 255)).toBeLessThanOrEqual(3.6);
        }
      }),
    );
  });

  it.each(names)(
    '%s: unknown at any moment and any brightness with a tenth of its light at least',
    (name) => {
      fc.assert(
        fc.property(
          fc.integer({ min: 26, max: 255 }),
          fc.integer({ min: 0, max: 8_000 }),
          (brightness, ms) => {
            expect(parts(name, look(32, 64, 255, 'breathe', brightness), ms)[2]).toBeGreaterThanOrEqual(26);
          },
        ),
      );
    },
  );
});
