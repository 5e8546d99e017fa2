import { spawn, spawnSync } from 'node:child_process';
import { createReadStream, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { createSerialLight } from '../../bridge/lights/serial/light.ts';
import { openSerialPort } from '../../bridge/lights/serial/port.ts';
import { type Clock, systemClock } from '../../protocol/clock.ts';
import type { Show } from '../../protocol/show.ts';
import { createFakeClock, type FakeClock } from '../fake-clock.ts';
import { type Ends, endAll, eventually, temporaryFolder } from '../system/kit.ts';

const ends: Ends = [];
afterEach(() => endAll(ends));

const log = { debug() {}, info() {}, warn() {}, error() {} };
const look = (r: number, g: number, b: number, effect: 'solid' | 'pulse' = 'solid'): Show => ({
  state: 'ON',
  color_mode: 'rgb',
  color: { r, g, b },
  brightness: 255,
  effect,
});

/** A device whose writes are kept, and which can be pulled out. */
function device() {
  const opened: { text: () => string; pull: () => void }[] = [];
  const openSerial = () => {
    let text = '';
    const port = new Duplex({
      read() {},
      write(chunk, _encoding, done) {
        text += String(chunk);
        done();
      },
    });
    setImmediate(() => port.emit('open'));
    opened.push({ text: () => text, pull: () => port.destroy() });
    return port;
  };
  return { opened, openSerial };
}

function light<Time extends Clock = FakeClock>(
  openSerial: () => Duplex,
  clock = createFakeClock() as unknown as Time,
) {
  const hosted: string[] = [];
  const made = createSerialLight({
    id: 'desk',
    device: '/dev/test',
    protocol: 'fit-statusb',
    openSerial,
    topics: { show() {}, identify() {}, hosted: (_id, what, payload) => hosted.push(`${what} ${payload}`) },
    clock,
    log,
    onReport() {},
  });
  return { light: made, hosted, clock };
}

describe('a USB light', () => {
  it('sends #rrggbb and a line feed, and nothing twice', async () => {
    const { opened, openSerial } = device();
    const { light: desk, clock } = light(openSerial);
    desk.start();
    desk.show(look(0, 255, 0));
    await clock.advance(5_000);
    desk.show(look(255, 0, 0));
    await clock.advance(5_000);
    expect(opened[0]?.text()).toBe('#00ff00\n#ff0000\n');
  });

  it('draws effects itself, and stops drawing when nothing moves', async () => {
    const { opened, openSerial } = device();
    const { light: desk, clock } = light(openSerial);
    desk.start();
    desk.show(look(255, 0, 0, 'pulse'));
    await clock.advance(1_000);
    const frames = opened[0]!.text().trim().split('\n');
    expect(frames.length).toBeGreaterThan(10);
    for (const frame of frames) expect(frame).toMatch(/^#[0-9a-f]{2}0000$/);
    desk.show(look(0, 255, 0));
    const until = opened[0]!.text().length;
    await clock.advance(5_000);
    expect(opened[0]!.text().slice(until)).toBe('#00ff00\n'.slice(0, opened[0]!.text().length - until));
    expect(opened[0]!.text().endsWith('#00ff00\n')).toBe(true);
  });

  it('is told the newest show within 3 s of its return, and is offline meanwhile', async () => {
    const { opened, openSerial } = device();
    const { light: desk, hosted, clock } = light(openSerial);
    desk.start();
    desk.show(look(0, 255, 0));
    await clock.advance(100);
    opened[0]!.pull();
    await clock.advance(100);
    expect(hosted.at(-1)).toBe('availability offline');
    expect(desk.report().online).toBe(false);
    desk.show(look(255, 0, 0));
    await clock.advance(3_000);
    expect(opened[1]?.text()).toBe('#ff0000\n');
    expect(hosted).toContain('availability online');
  });

  it('says identify for ten seconds, then what it showed', async () => {
    const { opened, openSerial } = device();
    const { light: desk, clock } = light(openSerial);
    desk.start();
    desk.show(look(0, 255, 0));
    await clock.advance(100);
    desk.identify();
    await clock.advance(9_000);
    expect(opened[0]!.text()).toContain('#ffffff\n');
    await clock.advance(2_000);
    expect(opened[0]!.text().endsWith('#00ff00\n')).toBe(true);
    expect(desk.report().state).toEqual(look(0, 255, 0));
  });

  it('is dark at the end', async () => {
    const { opened, openSerial } = device();
    const { light: desk, clock, hosted } = light(openSerial);
    desk.start();
    desk.show(look(0, 255, 0));
    await clock.advance(100);
    await desk.stop();
    expect(opened[0]!.text()).toBe('#00ff00\n#000000\n');
    expect(hosted.at(-1)).toBe('availability offline');
  });
});

const socat = spawnSync('socat', ['-V']).status === 0;

describe.skipIf(!socat)(
  `a USB light on a pseudo-terminal${socat ? '' : ' (skipped: no socat; install it)'}`,
  () => {
    async function terminals(folder: string) {
      const [near, far] = [join(folder, 'near'), join(folder, 'far')];
      const pair = spawn('socat', [`pty,raw,echo=0,link=${near}`, `pty,raw,echo=0,link=${far}`]);
      await eventually(() => expect(existsSync(near) && existsSync(far)).toBe(true));
      let text = '';
      const reader = createReadStream(far);
      reader.on('error', () => {});
      reader.on('data', (chunk) => (text += String(chunk)));
      const end = () => {
        reader.destroy();
        pair.kill('SIGKILL');
        rmSync(near, { force: true });
        rmSync(far, { force: true });
      };
      ends.push(end);
      return { near, text: () => text, end };
    }

    it('gets its colour through the real serialport, and again after it was unplugged', async () => {
      const folder = temporaryFolder(ends);
      const first = await terminals(folder);
      const { light: desk } = light(() => openSerialPort(first.near, 115_200), systemClock);
      desk.start();
      ends.push(() => desk.stop());
      desk.show(look(0, 255, 0));
      await eventually(() => expect(first.text()).toContain('#00ff00\n'));
      first.end();
      await eventually(() => expect(desk.report().online).toBe(false));
      desk.show(look(255, 0, 0));
      const second = await terminals(folder);
      await eventually(() => expect(second.text()).toContain('#ff0000\n'));
    });
  },
);
