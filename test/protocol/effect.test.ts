import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isMoving, renderShow } from '../../protocol/effect.ts';
import type { Rgb, Segment, Show, ShowOn } from '../../protocol/show.ts';
import { defaultLooks, type Effect, effects } from '../../protocol/status.ts';

const white: Rgb = { r: 255, g: 255, b: 255 };

function on(effect: Effect, color = white, brightness = 255, segments?: Segment[]): ShowOn {
  return { state: 'ON', color_mode: 'rgb', color, brightness, effect, ...(segments && { segments }) };
}

function render(show: Show, ms: number, count: number): number[] {
  // Not empty before, so that a byte left alone is seen.
  const pixels = new Uint8Array(count * 3).fill(77);
  renderShow(show, ms, pixels);
  return [...pixels];
}

const byte = fc.integer({ min: 0, max: 255 });
const look = fc.record({
  color: fc.record({ r: byte, g: byte, b: byte }),
  brightness: byte,
  effect: fc.constantFrom(...effects),
});
const anyShow: fc.Arbitrary<ShowOn> = fc
  .tuple(look, fc.option(fc.array(look, { maxLength: 8 }), { nil: undefined }))
  .map(([whole, segments]) => on(whole.effect, whole.color, whole.brightness, segments));
const anyTime = fc.double({ min: 0, max: 4e12, noNaN: true });
const anyCount = fc.integer({ min: 1, max: 60 });

describe('renderShow', () => {
  it('draws a solid color at its brightness on every LED', () => {
    expect(render(on('solid', { r: 255, g: 100, b: 0 }), 0, 2)).toEqual([255, 100, 0, 255, 100, 0]);
    expect(render(on('solid', { r: 200, g: 100, b: 0 }, 51), 0, 1)).toEqual([40, 20, 0]);
  });

  it('draws nothing when off, by state or by effect', () => {
    expect(render({ state: 'OFF' }, 0, 2)).toEqual([0, 0, 0, 0, 0, 0]);
    expect(render(on('off'), 0, 1)).toEqual([0, 0, 0]);
  });

  it('blinks each second, and slowly each two', () => {
    const red = (effect: Effect, ms: number) => render(on(effect), ms, 1)[0];
    expect([0, 499, 500, 999, 1000].map((ms) => red('blink', ms))).toEqual([255, 255, 0, 0, 255]);
    expect([0, 999, 1000, 1999, 2000].map((ms) => red('blink-slow', ms))).toEqual([255, 255, 0, 0, 255]);
  });

  it('pulses and breathes between faint and full', () => {
    for (const effect of ['pulse', 'breathe'] as const) {
      const levels = Array.from({ length: 4000 }, (_, ms) => render(on(effect), ms, 1)[0]!);
      expect(Math.max(...levels)).toBe(255);
      expect(Math.min(...levels)).toBeGreaterThan(0);
      expect(Math.min(...levels)).toBeLessThan(100);
    }
  });

  it('spins: each LED is the brightest in its turn', () => {
    const brightest = [0, 375, 750, 1125].map((ms) => {
      const reds = render(on('spin'), ms, 4).filter((_, i) => i % 3 === 0);
      return reds.indexOf(Math.max(...reds));
    });
    expect(brightest).toEqual([0, 1, 2, 3]);
  });

  it('shares the strip between segments, in order', () => {
    const part = (r: number): Segment => ({ color: { r, g: 0, b: 0 }, brightness: 255, effect: 'solid' });
    const reds = (count: number) =>
      render(on('solid', { r: 9, g: 0, b: 0 }, 255, [part(1), part(2), part(3)]), 0, count).filter(
        (_, i) => i % 3 === 0,
      );
    expect(reds(6)).toEqual([1, 1, 2, 2, 3, 3]);
    expect(reds(4)).toEqual([1, 2, 3, 3]);
    // Two LEDs cannot tell of three people: the look of all of them stands.
    expect(reds(2)).toEqual([9, 9]);
  });

  it('gives the same pixels for the same input, overwrites every byte, and never outshines the color', () => {
    fc.assert(
      fc.property(anyShow, anyTime, anyCount, (show, ms, count) => {
        const pixels = render(show, ms, count);
        expect(render(show, ms, count)).toEqual(pixels);
        const whole = !show.segments?.length || show.segments.length > count;
        const colors = whole ? [show.color] : show.segments!.map((part) => part.color);
        for (const [i, channel] of (['r', 'g', 'b'] as const).entries()) {
          const most = Math.max(...colors.map((color) => color[channel]));
          for (let at = i; at < pixels.length; at += 3) expect(pixels[at]).toBeLessThanOrEqual(most);
        }
      }),
    );
  });

  it('never shows unknown under 10 % light, however dim the lamp is set', () => {
    const hex = defaultLooks.unknown.color;
    const [r, g, b] = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)) as [
      number,
      number,
      number,
    ];
    fc.assert(
      fc.property(anyTime, anyCount, fc.integer({ min: 1, max: 255 }), (ms, count, brightness) => {
        const pixels = render(on(defaultLooks.unknown.effect, { r, g, b }, brightness), ms, count);
        for (let at = 0; at < pixels.length; at++) {
          expect(pixels[at]).toBeGreaterThanOrEqual([r, g, b][at % 3]! / 10);
        }
      }),
    );
  });

  it('never lets a pulse go dark', () => {
    fc.assert(
      fc.property(anyTime, fc.integer({ min: 1, max: 255 }), (ms, brightness) => {
        expect(render(on('pulse', white, brightness), ms, 1)[0]).toBeGreaterThan(0);
      }),
    );
  });
});

describe('isMoving', () => {
  it('tells the effects that need frames from those that stand still', () => {
    expect(effects.filter((effect) => !isMoving(on(effect)))).toEqual(['solid', 'off']);
    expect(isMoving({ state: 'OFF' })).toBe(false);
    expect(isMoving(on('solid', white, 255, [{ color: white, brightness: 1, effect: 'spin' }]))).toBe(true);
  });

  it('means it: what stands still looks the same at any two times', () => {
    fc.assert(
      fc.property(anyShow, anyTime, anyTime, anyCount, (show, one, other, count) => {
        if (!isMoving(show)) expect(render(show, one, count)).toEqual(render(show, other, count));
      }),
    );
  });
});
