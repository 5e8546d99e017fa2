import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { openHidDevice } from '../../../bridge/lights/hid/open.ts';
import type { HidProtocol } from '../../../bridge/lights/hid/protocol.ts';
import { type HidProtocolName, hidDrivers } from '../../../bridge/lights/hid/protocols.ts';
import { createFakeClock } from '../../fake-clock.ts';
import { look, testBus, usbLight, watched } from './kit.ts';
import { hidReaders } from './readers.ts';

/** A pretended node-hid: it keeps what it is sent, and can be pulled. */
function fakeNodeHid() {
  const sent: { how: 'write' | 'feature'; bytes: string }[] = [];
  const device = Object.assign(new EventEmitter(), {
    write: (bytes: Buffer) => keep('write', bytes),
    sendFeatureReport: (bytes: Buffer) => keep('feature', bytes),
    close() {
      closed = true;
      return Promise.resolve();
    },
  });
  let closed = false;
  const keep = (how: 'write' | 'feature', bytes: Buffer) => {
    sent.push({ how, bytes: bytes.toString('hex') });
    return Promise.resolve(bytes.length);
  };
  return {
    sent,
    device,
    closed: () => closed,
    module: { HIDAsync: { open: () => Promise.resolve(device) } },
  };
}

function light(keys: string, load: () => never) {
  const clock = createFakeClock();
  const { bus } = testBus();
  return {
    clock,
    ...watched(
      usbLight(`kind: hid, device: /dev/hidraw0, ${keys}`),
      { ...bus, open: (at, protocol) => openHidDevice(at, protocol as HidProtocol, load) },
      clock,
    ),
  };
}

describe('a HID light', () => {
  it('is sent reports through node-hid, feature reports where it wants them, and closed at the end', async () => {
    const hid = fakeNodeHid();
    const { light: flag, clock } = light('protocol: luxafor', () => hid.module as never);
    flag.start();
    flag.show(look(255, 0, 0), 'busy');
    await clock.advance(100);
    expect(hid.sent).toEqual([{ how: 'write', bytes: '0001ffff0000000000' }]);
    await flag.stop();
    expect(hid.sent.at(-1)).toEqual({ how: 'write', bytes: '0001ff000000000000' });
    expect(hid.closed()).toBe(true);

    const other = fakeNodeHid();
    const { light: blink1, clock: time } = light('protocol: blink1', () => other.module as never);
    blink1.start();
    blink1.show(look(255, 0, 0), 'busy');
    await time.advance(100);
    expect(other.sent.every(({ how }) => how === 'feature')).toBe(true);
    expect(other.sent.at(-1)!.bytes).toMatch(/^0163ff0000/);
    await blink1.stop();
  });

  it.each(Object.keys(hidDrivers) as HidProtocolName[])('%s shines as it is told', async (protocol) => {
    const hid = fakeNodeHid();
    const { light: lamp, clock } = light(`protocol: ${protocol}`, () => hid.module as never);
    const shines = () => {
      const colors = hid.sent.map(({ bytes }) => hidReaders[protocol](Buffer.from(bytes, 'hex')));
      return colors.filter((color) => color !== undefined).at(-1);
    };
    lamp.start();
    lamp.show(look(255, 0, 0), 'busy');
    await clock.advance(300);
    expect(shines()).toBe('ff0000');
    lamp.show(look(0, 255, 0), 'available');
    lamp.beat!();
    await clock.advance(300);
    expect(shines()).toBe('00ff00');
    await lamp.stop();
    expect(shines()).toBe('000000');
    expect(
      hid.sent.every(({ how }) => (how === 'feature') === ['blink1', 'blinkstick'].includes(protocol)),
    ).toBe(true);
  });

  it('is lost at once when it is pulled, and comes back', async () => {
    const hid = fakeNodeHid();
    const { light: flag, clock } = light('protocol: luxafor', () => hid.module as never);
    flag.start();
    flag.show(look(0, 255, 0), 'available');
    await clock.advance(100);
    hid.device.emit('error', new Error('could not read from HID device'));
    await clock.advance(10);
    expect(flag.report().online).toBe(false);
    await clock.advance(3_000);
    expect(flag.report().online).toBe(true);
    await flag.stop();
  });

  it('says what to install when node-hid is not there, and the bridge runs on', async () => {
    const {
      light: flag,
      clock,
      lines,
    } = light('protocol: luxafor', () => {
      throw new Error('needs the package node-hid, which cannot be loaded: run "npm install node-hid"');
    });
    flag.start();
    await clock.advance(60_000);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/needs the package node-hid.*npm install node-hid/);
    await flag.stop();
  });
});
