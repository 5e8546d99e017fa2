import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findBoard, lampBoards } from '../../protocol/boards.ts';
import {
  adminMessage,
  adminProof,
  chunksOf,
  isOlder,
  longestConfigBytes,
  macEnd,
  macStart,
  restStart,
} from '../../protocol/lamp-admin.ts';
import { maxShowBytes } from '../../protocol/show.ts';

const id = 'a'.repeat(64);
const nonce = '0123456789abcdef'.repeat(2);
const hmac = (text: string) => createHmac('sha256', 'secret').update(text).digest('hex');
const ascii = fc.string({ unit: fc.integer({ min: 10, max: 126 }).map((code) => String.fromCharCode(code)) });

describe('signed messages to a lamp', () => {
  it('are JSON, with the MAC first and over all the rest', () => {
    const text = adminMessage(hmac, 'update', id, nonce, { n: 7, end: true });
    expect(JSON.parse(text)).toMatchObject({ n: 7, end: true });
    expect(text.startsWith(macStart)).toBe(true);
    const mac = text.substring(macStart.length, macEnd);
    expect(mac).toBe(hmac(adminProof('update', id, nonce, text.substring(restStart))));
  });

  it('carry any app in chunks that join to it, each message under 500 bytes', () => {
    fc.assert(
      fc.property(fc.array(ascii, { maxLength: 60 }), (parts) => {
        const app = parts.join('');
        const chunks = chunksOf(app);
        expect(chunks.map((chunk) => chunk.data).join('')).toBe(app);
        for (const chunk of chunks) {
          expect(app.startsWith(chunk.data, chunk.at)).toBe(true);
          const text = adminMessage(hmac, 'update', id, nonce, { n: 999, ...chunk });
          expect(text.length).toBeLessThan(maxShowBytes);
        }
      }),
    );
  });

  it('carry the longest settings under 500 bytes', () => {
    const sealed = Buffer.alloc(longestConfigBytes).toString('base64');
    expect(adminMessage(hmac, 'config', id, nonce, { n: 999, sealed }).length).toBeLessThan(maxShowBytes);
  });
});

describe('isOlder', () => {
  it.each([
    ['0.1.0', '0.1.1', true],
    ['0.9.0', '0.10.0', true],
    ['0.1.0', '0.1.0', false],
    ['1.0.0', '0.9.9', false],
    ['', '0.0.1', true],
  ])('%s before %s: %s', (a, b, older) => expect(isOlder(a, b)).toBe(older));
});

describe('lampBoards', () => {
  it.each([
    ['ESP32', 'ESP32'],
    ['ESP32C3_IDF4', 'ESP32C3'],
    ['ESP32S3_IDF4', 'ESP32S3'],
    ['ESP32_IDF4', undefined],
    ['BANGLEJS', undefined],
  ])('finds the board that calls itself %s', (name, found) => expect(findBoard(name)?.name).toBe(found));

  it('offers for dimming and on board only pins that are free', () => {
    for (const { pins, pwmPins, onboardLed } of lampBoards) {
      expect(pwmPins.filter((pin) => !pins.includes(pin))).toEqual([]);
      if (onboardLed) expect(pins).toContain(onboardLed.pin);
    }
  });
});
