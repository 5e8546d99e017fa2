/** The Espruino driver at the real interpreter's console, behind a pseudo-terminal. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SerialPort } from 'serialport';
import { afterEach, describe, expect, it } from 'vitest';
import { usbBus } from '../../../bridge/lights/usb/bus.ts';
import { systemClock } from '../../../protocol/clock.ts';
import { startPtyBoard, whyNoPty } from '../../provision/pty-board.ts';
import { type Ends, endAll, eventually } from '../../system/kit.ts';
import { look, usbLight, watched } from './kit.ts';

const ends: Ends = [];
afterEach(() => endAll(ends));

describe.skipIf(whyNoPty())(
  `an Espruino board at its console (${whyNoPty() ? `skipped: ${whyNoPty()}` : 'it is here'})`,
  () => {
    /** A board on which `code` ran before, and a light on it; what the board notes is read from a file. */
    async function start(code: string, keys = 'leds: { count: 2, pin: D4 }') {
      const board = await startPtyBoard();
      ends.push(board.stop);
      const notes = join(board.folder, 'notes');
      const noted = () => (existsSync(notes) ? readFileSync(notes, 'utf8').trim().split('\n') : []);
      const console = new SerialPort({ path: board.path, baudRate: 115_200 });
      await new Promise((resolve) => console.once('open', resolve));
      console.write(
        `\x10note=function(s){require("fs").appendFileSync("${notes}",s+"\\n");};${code};note("ready")\n`,
      );
      await eventually(() => expect(noted()).toEqual(['ready']));
      await new Promise<void>((resolve) => console.close(() => resolve()));
      const made = watched(
        usbLight(`kind: serial, device: ${board.path}, protocol: espruino, ${keys}`),
        usbBus,
        systemClock,
      );
      made.light.start();
      ends.push(() => made.light.stop());
      return { ...made, noted };
    }
    const pixels =
      'Modules.addCached("neopixel",function(){exports.write=function(p,a){note(p+" "+a.join());};})';

    it('is drawn on, and dark at the end', async () => {
      const { light, noted, topics } = await start(pixels);
      light.show(look(255, 0, 16), 'busy');
      await eventually(() => expect(noted().at(-1)).toBe('D4 0,255,16,0,255,16'));
      light.show(look(0, 255, 0), 'available');
      await eventually(() => expect(noted().at(-1)).toBe('D4 255,0,0,255,0,0'));
      await light.stop();
      await eventually(() => expect(noted().at(-1)).toBe('D4 0,0,0,0,0,0'));
      expect(topics.some((line) => line.includes('"error"'))).toBe(false);
    });

    it('is ended dark in the moment of its opening, too', async () => {
      const { light, noted } = await start(pixels, 'leds: { count: 40, pin: D4 }');
      await eventually(() => expect(light.report().online).toBe(true));
      await light.stop();
      await eventually(() => expect(noted().at(-1)).toBe(`D4 ${Array(120).fill(0).join()}`));
    });

    it('is left to its own firmware when it is a lamp', async () => {
      const { light, noted, topics } = await start(`${pixels};show=function(s){note(s);}`);
      const wanted = look(255, 0, 0, 'pulse');
      light.show(wanted, 'call');
      await eventually(() => expect(noted().at(-1)).toBe(JSON.stringify(wanted)));
      await light.stop();
      await eventually(() => expect(noted().at(-1)).toBe('{"state":"OFF"}'));
      expect(noted().filter((line) => line.startsWith('D4'))).toEqual([]);
      expect(topics.some((line) => line.includes('"error"'))).toBe(false);
    });
  },
);
