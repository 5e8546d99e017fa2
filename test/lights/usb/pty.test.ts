import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { symlinkSync, writeFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { type SerialProtocolName, serialDrivers } from '../../../bridge/lights/serial/protocols.ts';
import { usbBus } from '../../../bridge/lights/usb/bus.ts';
import { systemClock } from '../../../protocol/clock.ts';
import { type Ends, endAll, eventually, temporaryFolder } from '../../system/kit.ts';
import { look, usbLight, watched } from './kit.ts';
import { serialReaders } from './readers.ts';
import { hasSocat, plugIn } from './terminals.ts';

const ends: Ends = [];
afterEach(() => endAll(ends));

const red = look(255, 0, 0);
const green = look(0, 255, 0);

/** A light on the machine's own bus. */
function start(device: string, keys = 'protocol: fit-statusb') {
  const made = watched(usbLight(`kind: serial, device: ${device}, ${keys}`), usbBus, systemClock);
  made.light.start();
  ends.push(() => made.light.stop());
  return made;
}

describe.skipIf(!hasSocat)(
  `on a pseudo-terminal${hasSocat ? '' : ' (skipped: no socat; install it)'}`,
  () => {
    it.each(Object.keys(serialDrivers) as SerialProtocolName[])(
      '%s shines as it is told',
      async (protocol) => {
        const { near, heard } = await plugIn(ends, temporaryFolder(ends));
        const { light } = start(near, `protocol: ${protocol}`);
        light.show(red, 'busy');
        await eventually(() =>
          expect(serialReaders[protocol](heard())?.replaceAll('fe', 'ff')).toBe('ff0000'),
        );
        light.show(green, 'available');
        await eventually(() =>
          expect(serialReaders[protocol](heard())?.replaceAll('fe', 'ff')).toBe('00ff00'),
        );
      },
    );

    it('is right again after it was unplugged, at a path that went and came', async () => {
      const folder = temporaryFolder(ends);
      const first = await plugIn(ends, folder);
      const { light } = start(first.near);
      light.show(green, 'available');
      await eventually(() => expect(String(first.heard())).toContain('#00FF00\n'));
      first.unplug();
      await eventually(() => expect(light.report().online).toBe(false));
      light.show(red, 'busy');
      const second = await plugIn(ends, folder);
      await eventually(() => expect(String(second.heard())).toContain('#FF0000\n'), 3_000);
      expect(String(second.heard())).not.toContain('#00FF00');
    });

    it('waits for a device that is plugged in later, in a folder that is not there yet', async () => {
      const folder = temporaryFolder(ends);
      const { light, lines } = start(`${folder}/port`);
      light.show(red, 'busy');
      expect(lines).toEqual([`Light desk: ${folder}/port is not there: plug it in.`]);
      const { heard } = await plugIn(ends, folder);
      await eventually(() => expect(String(heard())).toContain('#FF0000\n'), 3_000);
    });

    it('tells two alike ones apart, also when both are swapped', async () => {
      const folder = temporaryFolder(ends);
      const [one, two] = [await plugIn(ends, folder, 'one'), await plugIn(ends, folder, 'two')];
      const [left, right] = [start(one.near).light, start(two.near).light];
      left.show(red, 'busy');
      right.show(green, 'available');
      await eventually(() => expect(String(one.heard())).toContain('#FF0000\n'));
      await eventually(() => expect(String(two.heard())).toContain('#00FF00\n'));
      one.unplug();
      two.unplug();
      const [again, andAgain] = [await plugIn(ends, folder, 'two'), await plugIn(ends, folder, 'one')];
      await eventually(() => expect(String(again.heard())).toContain('#00FF00\n'), 3_000);
      await eventually(() => expect(String(andAgain.heard())).toContain('#FF0000\n'), 3_000);
    });

    it('waits while another program holds the port, names it, and takes it when it is free', async () => {
      const { near, heard } = await plugIn(ends, temporaryFolder(ends));
      const program = `new (require('serialport').SerialPort)({ path: '${near}', baudRate: 9600 })
        .once('open', () => console.log('open'));
        setInterval(() => {}, 1_000)`;
      const other = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
      ends.push(() => other.kill('SIGKILL'));
      await once(other.stdout, 'data');
      const { light, lines } = start(near);
      light.show(red, 'busy');
      await eventually(() => expect(lines.join()).toMatch(/is held by another program/));
      expect(lines.join()).toContain(`process ${other.pid}`);
      expect(heard()).toHaveLength(0);
      other.kill('SIGKILL');
      await eventually(() => expect(String(heard())).toContain('#FF0000\n'), 3_000);
      expect(lines.filter((line) => line.includes('held'))).toHaveLength(1);
    });

    it('does not call itself another program when two lights have one device by two names', async () => {
      const folder = temporaryFolder(ends);
      const { near, heard } = await plugIn(ends, folder);
      const { light } = start(near);
      light.show(red, 'busy');
      await eventually(() => expect(String(heard())).toContain('#FF0000\n'));
      symlinkSync(near, `${folder}/other-name`);
      const { lines } = start(`${folder}/other-name`);
      await eventually(() =>
        expect(lines.join()).toMatch(/is another light of this bridge already, by another name/),
      );
    });

    it('hears a flood with bounded memory, goes on showing, and says so once', async () => {
      const { near, heard, say } = await plugIn(ends, temporaryFolder(ends));
      const { light, lines } = start(near);
      light.show(green, 'available');
      await eventually(() => expect(light.report().online).toBe(true));
      const flooded = Buffer.alloc(2_048, 'x');
      const before = process.memoryUsage().rss;
      const flood = setInterval(() => say(flooded), 1);
      ends.push(() => clearInterval(flood));
      await eventually(() => expect(lines.join()).toMatch(/sends far more than a light does/));
      light.show(red, 'busy');
      await eventually(() => expect(String(heard())).toContain('#FF0000\n'));
      expect(lines.filter((line) => line.includes('far more'))).toHaveLength(1);
      expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 * 1024);
    });

    it('opens a frozen device anew, and the newest show is what it gets', async () => {
      const { near, heard, freeze, thaw } = await plugIn(ends, temporaryFolder(ends));
      const { light, lines } = start(near, 'protocol: adalight, leds: { count: 300 }');
      light.show(look(255, 0, 0, 'pulse'), 'call');
      await eventually(() => expect(heard().length).toBeGreaterThan(906));
      freeze();
      await eventually(() => expect(lines.join()).toMatch(/takes nothing any more/), 20_000);
      light.show(green, 'available');
      thaw();
      const all = Buffer.from('00ff00'.repeat(300), 'hex');
      await eventually(() => expect(heard().subarray(-900).equals(all)).toBe(true), 6_000);
    });

    it('goes on beside lights that cannot be used', async () => {
      const folder = temporaryFolder(ends);
      writeFileSync(`${folder}/file`, 'no device');
      const wrong = start(`${folder}/file`);
      const none = start('/dev/null');
      const good = await plugIn(ends, folder);
      const { light } = start(good.near);
      light.show(red, 'busy');
      await eventually(() => expect(String(good.heard())).toContain('#FF0000\n'));
      expect(wrong.lines.join()).toMatch(/file is no serial port: name the light's own device/);
      expect(none.lines.join()).toMatch(/\/dev\/null is no serial port/);
    });

    it('logs a failing modem line once and ignores it', async () => {
      const folder = temporaryFolder(ends);
      const first = await plugIn(ends, folder);
      const { light, lines } = start(first.near, 'protocol: busy-tag');
      light.show(red, 'busy');
      await eventually(() => expect(String(first.heard())).toContain('FF0000'));
      await eventually(() => expect(lines.join()).toMatch(/modem lines cannot be set/));
      first.unplug();
      const second = await plugIn(ends, folder);
      await eventually(() => expect(String(second.heard())).toContain('FF0000'));
      second.say('OK\r\n');
      await eventually(() => expect(light.report().online).toBe(true));
      expect(lines.filter((line) => line.includes('modem'))).toHaveLength(1);
    });

    it('is dark at the end', async () => {
      const { near, heard } = await plugIn(ends, temporaryFolder(ends));
      const { light } = start(near);
      light.show(red, 'busy');
      await eventually(() => expect(light.report().online).toBe(true));
      await light.stop();
      await eventually(() => expect(String(heard()).endsWith('#000000\n')).toBe(true));
    });
  },
);
