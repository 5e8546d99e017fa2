/**
 * A pretended fit-statUSB (fit-pc.com wiki, "Fit-statUSB"): takes the bytes that a real one takes, `#RRGGBB`, a list
 * `B#RRGGBB-tttt…` that it plays over and over, and `G`, and tells the colour that it would shine in.
 */
import { Duplex } from 'node:stream';
import type { Clock } from '../../protocol/clock.ts';

const longestLine = 256;

/** `onPixels` gets three bytes, red, green and blue, each time that its colour changes. */
export function openFitStatusb(clock: Clock, onPixels: (pixels: Uint8Array) => void): Duplex {
  let line = '';
  let color = '000000';
  let cancel = () => {};

  function shine(rgb: string): void {
    color = rgb;
    onPixels(Buffer.from(rgb, 'hex'));
  }

  function play(list: readonly { rgb: string; ms: number }[], at = 0): void {
    const { rgb, ms } = list[at % list.length]!;
    shine(rgb);
    cancel = clock.after(ms, () => play(list, at + 1));
  }

  function obey(command: string): void {
    const rgb = /^#([0-9a-f]{6})$/i.exec(command)?.[1];
    const list = /^B((#[0-9a-f]{6}-[0-9]{4})+)$/i.exec(command)?.[1];
    if (rgb) {
      cancel();
      shine(rgb);
    } else if (list) {
      cancel();
      play(
        list
          .slice(1)
          .split('#')
          .map((part) => ({ rgb: part.slice(0, 6), ms: Number(part.slice(7)) || 1 })),
      );
    } else if (command === 'G') device.push(`${color}\n`);
  }

  const device = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      for (const char of chunk.toString('latin1')) {
        if (char !== '\n') line = (line + char).slice(-longestLine);
        else {
          obey(line);
          line = '';
        }
      }
      done();
    },
    destroy(error, done) {
      cancel();
      done(error);
    },
  });
  setImmediate(() => device.emit('open'));
  return device;
}
