/** A pretended fit-statUSB: takes the bytes that a real one takes, and tells the colour it would shine in. */
import { Duplex } from 'node:stream';

const longestLine = 64;

/** `onPixels` gets three bytes, red, green and blue, each time a whole line has set the colour. */
export function openFitStatusb(onPixels: (pixels: Uint8Array) => void): Duplex {
  let line = '';
  const device = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      for (const char of chunk.toString('latin1')) {
        if (char !== '\n') line = (line + char).slice(-longestLine);
        else {
          const color = /^#([0-9a-f]{6})$/i.exec(line)?.[1];
          if (color) onPixels(Buffer.from(color, 'hex'));
          line = '';
        }
      }
      done();
    },
  });
  setImmediate(() => device.emit('open'));
  return device;
}
