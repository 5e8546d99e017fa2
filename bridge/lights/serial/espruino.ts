/**
 * An Espruino board without Doorlight's firmware, at its REPL (espruino.com, "Interfacing" and "neopixel"): Ctrl-C
 * leaves a half-typed line, 0x10 at the start of a line keeps it from being echoed. A function is defined at each
 * opening; each picture is one call of it, and it goes dark by itself when none has come for a minute.
 */
import type { SerialLightConfig } from '../../config/schema.ts';
import { type SerialDriver, usualBootMs } from './protocol.ts';

const line = (code: string) => Buffer.from(`\x10${code}\n`, 'ascii');
const darkAfterMs = 60_000;

function definition(leds: SerialLightConfig['leds']): string {
  const dark = `dl("${'00'.repeat(leds.count * 3)}",1)`;
  return (
    'function dl(s,end){if(global.dlT)clearTimeout(dlT);' +
    'var a=new Uint8ClampedArray(s.length>>1);' +
    'for(var i=0;i<a.length;i++)a[i]=parseInt(s.substr(i*2,2),16);' +
    `require("neopixel").write(${leds.pin},a);` +
    `dlT=end?undefined:setTimeout(function(){${dark}},${darkAfterMs});}`
  );
}

export const espruino: SerialDriver = {
  name: 'Espruino board over USB',
  class: 'timer',
  claims: [],
  make: ({ baud = 115_200, leds }) => ({
    line: { baudRate: baud },
    bootMs: usualBootMs,
    leds: leds.count,
    frameMs: 100,
    restateMs: 20_000,
    greet: [Buffer.from('\x03', 'ascii'), line(definition(leds))],
    frame: (pixels) => line(`dl("${ordered(pixels, leds.order)}")`),
    ask: line('print("doorlight")'),
    hear: (said) => (said.endsWith('doorlight') ? 'ok' : /^Uncaught/.test(said) ? 'refused' : undefined),
  }),
};

/** The bytes in the order of the LEDs' own chips, as hexadecimal digits. */
function ordered(pixels: Uint8Array, order: 'grb' | 'rgb'): string {
  const bytes = Buffer.from(pixels);
  if (order === 'grb') {
    for (let at = 0; at < bytes.length; at += 3) {
      [bytes[at], bytes[at + 1]] = [bytes[at + 1]!, bytes[at]!];
    }
  }
  return bytes.toString('hex');
}
