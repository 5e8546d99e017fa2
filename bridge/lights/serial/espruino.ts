/**
 * An Espruino board at its REPL (espruino.com, "Interfacing" and "neopixel"): Ctrl-C leaves a half-typed line, 0x10 at
 * the start of a line keeps it from being echoed. A lamp, which has our firmware, is given each show and plays it by
 * itself for 40 s. On any other board a function is defined at each opening; each picture is one call of it, and it
 * goes dark by itself when none has come for a minute.
 */
import type { SerialLightConfig } from '../../config/schema.ts';
import { type SerialDriver, usualBootMs } from './protocol.ts';

const line = (code: string) => Buffer.from(`\x10${code}\n`, 'latin1');
const darkAfterMs = 60_000;

/** On a lamp, pictures are left to its firmware, but for the black one: somebody may end before the lamp is known. */
function definition(leds: SerialLightConfig['leds']): string {
  return (
    'dl=global.show?function(s){if(/^0*$/.test(s))show(\'{"state":"OFF"}\');}:' +
    'function(s,end){if(global.dlT)clearTimeout(dlT);' +
    `var a=new Uint8ClampedArray(${leds.count * 3});` +
    'for(var i=0;i<a.length;i++)a[i]=parseInt(s.substr(i*2%s.length,2),16);' +
    `require("neopixel").write(${leds.pin},a);` +
    `dlT=end?undefined:setTimeout(dl,${darkAfterMs},"000000",1);};`
  );
}

export const espruino: SerialDriver = {
  name: 'Espruino board over USB',
  class: 'timer',
  claims: [],
  make({ baud = 115_200, leds }) {
    let isLamp = false;
    return {
      line: { baudRate: baud },
      bootMs: usualBootMs,
      // 2v29 on an ESP32 loses what comes in bursts of more than 64 bytes (github.com/espruino/Espruino/issues/2718).
      burst: { bytes: 48, pauseMs: 10 },
      leds: leds.count,
      frameMs: 100,
      restateMs: 20_000,
      greet: [Buffer.from('\x03', 'ascii'), line(definition(leds))],
      whole: (show) => (isLamp ? line(`show(${quoted(JSON.stringify(show))})`) : undefined),
      frame: (pixels) => line(`dl("${ordered(pixels, leds.order)}")`),
      ask: line('print("doorlight",global.show?"lamp":"board")'),
      hear(said) {
        const [, what] = /doorlight (lamp|board)$/.exec(said) ?? [];
        if (!what) return /^Uncaught/.test(said) ? 'refused' : undefined;
        const before = isLamp;
        isLamp = what === 'lamp';
        return isLamp === before ? 'ok' : 'other';
      },
    };
  },
};

/** A string of JavaScript; a show has only ASCII in it, and no apostrophe. */
const quoted = (json: string) => `'${json}'`;

/** The bytes in the order of the LEDs' own chips, as hexadecimal digits; what is the same on each LED is said once. */
function ordered(pixels: Uint8Array, order: 'grb' | 'rgb'): string {
  const bytes = Buffer.from(pixels);
  if (order === 'grb') {
    for (let at = 0; at < bytes.length; at += 3) {
      [bytes[at], bytes[at + 1]] = [bytes[at + 1]!, bytes[at]!];
    }
  }
  const hex = bytes.toString('hex');
  const one = hex.slice(0, 6);
  return hex === one.repeat(hex.length / 6) ? one : hex;
}
