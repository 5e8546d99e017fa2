import { readFileSync } from 'node:fs';
import { afterAll, expect, it } from 'vitest';
import { firmwareFile } from '../../bridge/assets.ts';
import { systemClock } from '../../protocol/clock.ts';
import { createLampHost } from '../../simulator/lamp/host.ts';
import { type Ends, endAll, eventually, startBridge } from './kit.ts';

const count = 200;
const ends: Ends = [];
afterAll(() => endAll(ends));

const ids = Array.from({ length: count }, (_, at) => `lamp-${at}`);
const text = `lights:\n${ids.map((id) => `  - { id: ${id}, kind: espruino, leds: { count: 1 } }`).join('\n')}`;

/** How long until the test is given up: on an idle machine each step takes seconds. */
const patience = 60_000;

it(`${count} lamps follow one bridge, and come back by themselves after its restart`, {
  timeout: 4 * patience,
}, async () => {
  const firmware = readFileSync(firmwareFile, 'utf8');
  const first = await startBridge(ends, text);
  const frames = new Map<string, string>();
  for (const id of ids) {
    const settings = { id, key: first.keys.get(id)!, bridge: '127.0.0.1', probePort: first.urls.probePort };
    const lamp = createLampHost({
      ...{ firmware, clock: systemClock, random: Math.random },
      settings: { ...settings, leds: { order: 'grb', count: 1 } },
      onPixels: (rgb) => frames.set(id, Buffer.from(rgb).toString('hex')),
    });
    lamp.start();
    ends.push(lamp.stop);
  }
  type View = typeof first.bridge.view;
  const online = (view: View) => view.lights().filter((light) => light.online).length;
  const shining = (hex: string) => [...frames.values()].filter((frame) => frame === hex).length;
  const show = (view: View, color: { r: number; g: number; b: number }) => {
    for (const id of ids) view.setLight(id, { state: 'ON', color, brightness: 255, effect: 'solid' });
  };

  await eventually(() => expect(online(first.bridge.view)).toBe(count), patience);
  show(first.bridge.view, { r: 255, g: 0, b: 0 });
  await eventually(() => expect(shining('ff0000')).toBe(count), patience);

  await first.bridge.stop();
  await eventually(() => expect(shining('ff0000')).toBe(0), patience);
  const ports = { mqtt: Number(new URL(first.urls.mqtt!).port), probe: first.urls.probePort! };
  const second = await startBridge(ends, text, { folder: first.folder, ports });
  const startedAt = systemClock.monotonic();
  await eventually(() => expect(online(second.bridge.view)).toBe(count), patience);
  console.log(`${count} lamps back after ${Math.round(systemClock.monotonic() - startedAt)} ms`);
  show(second.bridge.view, { r: 0, g: 255, b: 0 });
  await eventually(() => expect(shining('00ff00')).toBe(count), patience);
});
