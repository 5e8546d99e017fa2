import { describe, expect, it } from 'vitest';
import { pretendedStatusb, pretendUsb } from '../../../bridge/lights/usb/pretend.ts';
import { openFitStatusb } from '../../../simulator/serial/fit-statusb.ts';
import { createFakeClock } from '../../fake-clock.ts';
import { look, testBus, usbLight, watched } from './kit.ts';

const statusb = 'kind: serial, device: /dev/x, protocol: fit-statusb';

function plugged(keys = statusb) {
  const clock = createFakeClock();
  const test = testBus();
  return { clock, ...test, ...watched(usbLight(keys), test.bus, clock) };
}

/** Without the question that it is asked now and then. */
const colors = (text: string) => text.replaceAll('G\n', '');

describe('a USB light', () => {
  it('is told each show once, and the newest when it opens', async () => {
    const { light, opened, clock } = plugged();
    light.show(look(255, 0, 0), 'busy');
    light.show(look(0, 255, 0), 'available');
    light.start();
    await clock.advance(5_000);
    light.show(look(255, 0, 0), 'busy');
    light.show(look(255, 0, 0), 'meeting');
    await clock.advance(5_000);
    expect(colors(opened[0]!.text())).toBe('#00FF00\n#FF0000\n');
    await light.stop();
  });

  it('is told again each 30 s, in case it restarted, while the director beats', async () => {
    const { light, opened, clock } = plugged();
    light.start();
    light.show(look(0, 255, 0), 'available');
    await clock.advance(100);
    light.beat!();
    await clock.advance(30_000);
    expect(colors(opened[0]!.text())).toBe('#00FF00\n#00FF00\n');
    await clock.advance(60_000);
    expect(colors(opened[0]!.text())).toBe('#00FF00\n#00FF00\n');
    await light.stop();
  });

  it('is not called silent when it answers before the question is out of hand', async () => {
    const clock = createFakeClock();
    const bus = pretendUsb(pretendedStatusb, () => openFitStatusb(clock, () => {}));
    const { light } = watched(usbLight(statusb), bus, clock);
    light.start();
    light.show(look(0, 255, 0), 'available');
    await clock.advance(100);
    expect(light.report().online).toBe(true);
    await clock.advance(115_000);
    expect(light.report().state).not.toHaveProperty('error');
    await light.stop();
  });

  it('draws what the device cannot play, and stops when nothing moves', async () => {
    const { light, opened, clock } = plugged();
    light.start();
    light.show(look(255, 0, 0, 'pulse'), 'call');
    await clock.advance(1_000);
    const frames = colors(opened[0]!.text()).trim().split('\n');
    expect(frames.length).toBeGreaterThan(10);
    expect(frames.length).toBeLessThanOrEqual(21);
    for (const frame of frames) expect(frame).toMatch(/^#[0-9A-F]{2}0000$/);
    const until = opened[0]!.text().length;
    light.show(look(255, 0, 0, 'blink'), 'dnd');
    await clock.advance(5_000);
    expect(opened[0]!.text().slice(until)).toBe('B#FF0000-0500#000000-0500\n');
    await light.stop();
  });

  it('is told the newest show within 3 s of its return, and is offline meanwhile', async () => {
    const { light, opened, clock, state, topics, lines } = plugged();
    light.start();
    light.show(look(0, 255, 0), 'available');
    await clock.advance(100);
    state.there = false;
    opened[0]!.pull();
    await clock.advance(100);
    expect(topics.at(-1)).toBe('availability offline');
    expect(light.report().online).toBe(false);
    light.show(look(255, 0, 0), 'busy');
    await clock.advance(600_000);
    state.there = true;
    state.plugs++;
    await clock.advance(3_000);
    expect(colors(opened[1]!.text())).toBe('#FF0000\n');
    expect(light.report()).toMatchObject({ online: true, state: { color: { r: 255 } } });
    expect(lines).toHaveLength(3);
    await light.stop();
  });

  it('notices that another device sits at its path although the port said nothing', async () => {
    const { light, opened, clock, state } = plugged();
    light.start();
    light.show(look(0, 255, 0), 'available');
    await clock.advance(100);
    state.plugs++;
    await clock.advance(3_000);
    expect(opened).toHaveLength(2);
    await light.stop();
  });

  it('leaves one that comes and goes alone for longer and longer, and says so', async () => {
    const { light, opened, clock, state, lines } = plugged();
    light.start();
    for (let second = 0; second < 120; second++) {
      await clock.advance(1_000);
      opened.at(-1)!.pull();
    }
    expect(state.opens).toBeLessThan(20);
    expect(lines.join('\n')).toMatch(/comes and goes .*left alone for 30 s/);
    await clock.advance(90_000);
    expect(light.report().online).toBe(true);
    await light.stop();
  });

  it('says once what keeps a port from being opened, tries each 2 s, and says when it is well', async () => {
    const { light, clock, state, lines } = plugged();
    state.refuse = Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' });
    light.start();
    await clock.advance(60_000);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^Light desk: \/dev\/x may not be opened by the user .*check --udev.*dialout/);
    expect(state.opens).toBeGreaterThan(20);
    expect(state.opens).toBeLessThan(40);
    state.refuse = undefined;
    await clock.advance(3_000);
    expect(light.report().online).toBe(true);
    expect(lines[1]).toBe('Light desk: /dev/x is back.');
    await light.stop();
  });

  it('queues nothing for a frozen device: the newest show waits, and it is opened anew', async () => {
    const { light, opened, clock, state, lines } = plugged();
    light.start();
    await clock.advance(100);
    state.frozen = true;
    for (let value = 0; value < 250; value++) light.show(look(0, 0, value + 1), undefined);
    await clock.advance(1_000);
    expect(opened[0]!.sent.length).toBeLessThanOrEqual(2);
    state.frozen = false;
    await clock.advance(4_000);
    expect(lines[0]).toMatch(/takes nothing any more/);
    expect(colors(opened.at(-1)!.text())).toBe('#0000FA\n');
    await light.stop();
  });

  it('leaves a board alone while it boots, and tells it once then', async () => {
    const { light, opened, clock } = plugged('kind: serial, device: /dev/x, protocol: relay');
    light.start();
    light.show(look(0, 255, 0), 'available');
    await clock.advance(1_900);
    expect(opened[0]!.sent).toEqual([]);
    expect(light.report().online).toBe(false);
    await clock.advance(1_000);
    expect(opened[0]!.sent).toHaveLength(1);
    await light.stop();
  });

  it('says when a frozen or flapping device is back only after it has stayed for a minute', async () => {
    const { light, opened, clock, lines } = plugged('kind: serial, device: /dev/x, protocol: blinkytape');
    light.start();
    for (let second = 0; second < 1_200; second++) {
      await clock.advance(1_000);
      opened.at(-1)!.pull();
    }
    // Three losses and returns, then left alone for 5, 10, 20 and 30 s.
    expect(lines.filter((line) => line.includes('is back'))).toHaveLength(3);
    expect(lines).toHaveLength(10);
    while (!light.report().online) await clock.advance(100);
    await clock.advance(59_000);
    expect(lines).toHaveLength(10);
    await clock.advance(2_000);
    expect(lines.slice(10)).toEqual(['Light desk: /dev/x is back.']);
    opened.at(-1)!.pull();
    await clock.advance(2_000);
    expect(light.report().online).toBe(true);
    await light.stop();
  });

  it("starts a timer of the device's own anew, stopped first, at each third beat", async () => {
    const { light, opened, clock } = plugged('kind: serial, device: /dev/x, protocol: wled');
    light.start();
    light.show(look(0, 255, 0), 'available');
    await clock.advance(3_000);
    const before = opened[0]!.sent.length;
    for (let beat = 0; beat < 3; beat++) light.beat!();
    await clock.advance(1_000);
    const later = opened[0]!.sent.slice(before).map((bytes) => JSON.parse(String(bytes)) as { nl: unknown });
    expect(later.map(({ nl }) => nl)).toEqual([{ on: false }, { on: true, dur: 1, mode: 0, tbri: 0 }]);
    await light.stop();
  });

  it('keeps a Busylight alive by the beats of the director, and by nothing else', async () => {
    const { light, opened, clock } = plugged('kind: hid, device: /dev/hidraw0, protocol: kuando');
    light.start();
    light.show(look(0, 255, 0), 'available');
    await clock.advance(100);
    const kept = () => opened[0]!.sent.filter((bytes) => bytes[1] === 0x8f).length;
    expect(kept()).toBe(1);
    await clock.advance(120_000);
    expect(kept()).toBe(1);
    light.beat!();
    await clock.advance(100);
    expect(kept()).toBe(2);
    await light.stop();
  });

  it('compares what WLED says with what it was told, tells it once more, and then says that it differs', async () => {
    const { light, opened, clock, lines, topics } = plugged('kind: serial, device: /dev/x, protocol: wled');
    const says = (on: boolean, bri: number, col: number[]) =>
      opened[0]!.say(`${JSON.stringify({ state: { on, bri, seg: [{ col: [col] }] }, info: {} })}\r\n`);
    const asked = () => opened[0]!.text().split('{"v":true}').length - 1;
    light.start();
    light.show(look(0, 255, 0), 'available');
    await clock.advance(2_500);
    expect(asked()).toBe(1);
    says(true, 255, [0, 255, 0]);
    await clock.advance(30_000);
    expect(light.report().state).not.toHaveProperty('error');

    // Somebody made it red with WLED's app; it is green again by what it is told, and nobody is alarmed.
    light.beat!();
    says(true, 255, [255, 0, 0]);
    await clock.advance(100);
    expect(opened[0]!.text()).toMatch(/"col":\[\[0,255,0\].*\n\{"v":true\}\n$/);
    says(true, 255, [0, 255, 0]);
    await clock.advance(100);
    expect(lines).toEqual([]);

    await clock.advance(30_000);
    says(false, 255, [0, 255, 0]);
    await clock.advance(100);
    says(false, 255, [0, 255, 0]);
    await clock.advance(100);
    expect(light.report().state).toEqual({ state: 'OFF', override: null, error: 'differs' });
    expect(topics.at(-1)).toBe('state {"state":"OFF","override":null,"error":"differs"}');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/shows something else than it is told/);

    // A newer show is asked about at once.
    light.show(look(255, 0, 0), 'busy');
    await clock.advance(100);
    says(true, 255, [255, 0, 0, 0]);
    await clock.advance(100);
    expect(light.report().state).toMatchObject({ color: { r: 255 } });
    expect(light.report().state).not.toHaveProperty('error');
    expect(lines).toHaveLength(2);

    // Nonsense in its place proves nothing, and ends nothing.
    for (const state of [[], { seg: 5 }, { seg: [{ col: [7] }] }, { seg: [null] }, { on: 'yes', bri: 'x' }]) {
      opened[0]!.say(`${JSON.stringify({ state })}\n`);
    }
    await clock.advance(100);
    expect(light.report().state).not.toHaveProperty('error');
    await light.stop();
  });

  it('says once that a device does not answer, or refuses, and when it answers again', async () => {
    const { light, opened, clock, lines } = plugged('kind: serial, device: /dev/x, protocol: busy-tag');
    light.start();
    light.show(look(0, 255, 0), 'available');
    await clock.advance(70_000);
    expect(light.report().state).toMatchObject({ error: 'silent' });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/does not answer/);
    opened[0]!.say('ERROR:2\r\n');
    await clock.advance(10);
    expect(light.report().state).toMatchObject({ error: 'refused' });
    // What it answers to the question says nothing of the colour that it refused.
    opened[0]!.say('+DN:busytag-653574\r\n');
    opened[0]!.say('x'.repeat(100_000));
    opened[0]!.say('\nO');
    await clock.advance(1_100);
    expect(light.report().state).toMatchObject({ error: 'refused' });
    light.beat!();
    await clock.advance(20_000);
    opened[0]!.say('K\r\n');
    await clock.advance(10);
    expect(light.report().state).not.toHaveProperty('error');
    expect(lines.at(-1)).toMatch(/takes what it is sent again/);
    await light.stop();
  });

  it('says once that a device refuses each colour, however often it says its name', async () => {
    const { light, opened, clock, lines } = plugged('kind: serial, device: /dev/x, protocol: busy-tag');
    light.start();
    light.show(look(255, 0, 0, 'pulse'), 'call');
    let answered = 0;
    for (let tenth = 0; tenth < 1_200; tenth++) {
      if (tenth % 100 === 0) light.beat!();
      await clock.advance(100);
      for (const bytes of opened[0]!.sent.slice(answered)) {
        opened[0]!.say(bytes.includes('GDN') ? '+DN:busytag-1\r\n' : 'ERROR:1\r\n');
      }
      answered = opened[0]!.sent.length;
      if (tenth > 2) expect(light.report().state).toMatchObject({ error: 'refused' });
    }
    expect(lines).toHaveLength(1);
    await light.stop();
  });

  it('notices that a sketch which is to reply has fallen silent, and hears it with any end of line', async () => {
    const { light, opened, clock } = plugged(
      'kind: serial, device: /dev/x, protocol: text, text: { reply: OK, ending: cr }',
    );
    light.start();
    light.show(look(0, 255, 0), 'available');
    await clock.advance(2_500);
    opened[0]!.say('did OK\r');
    await clock.advance(6_000);
    expect(light.report().state).not.toHaveProperty('error');
    for (let beat = 0; beat < 4; beat++) {
      light.beat!();
      await clock.advance(10_000);
    }
    expect(light.report().state).toMatchObject({ error: 'silent' });
    await light.stop();
  });

  it('says identify for ten seconds, then what it showed', async () => {
    const { light, opened, clock } = plugged();
    light.start();
    light.show(look(0, 255, 0), 'available');
    await clock.advance(100);
    light.identify();
    await clock.advance(9_000);
    expect(opened[0]!.text()).toContain('#FFFFFF\n');
    await clock.advance(2_000);
    expect(opened[0]!.text().endsWith('#00FF00\n')).toBe(true);
    expect(light.report().state).toMatchObject({ color: { g: 255 }, effect: 'solid' });
    await light.stop();
  });

  it.each([
    ['dark', '#000000\n'],
    ['unknown', '#2040FF\n'],
  ])('is %s at the end, as configured', async (onStop, last) => {
    const { light, opened, clock, topics } = plugged(`${statusb}, onStop: ${onStop}`);
    light.start();
    light.show(look(0, 255, 0), 'available');
    await clock.advance(100);
    await light.stop();
    expect(colors(opened[0]!.text()).endsWith(`#00FF00\n${last}`)).toBe(true);
    expect(topics.at(-1)).toBe('availability offline');
    expect(clock.pending()).toBe(0);
  });
});
