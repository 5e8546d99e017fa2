import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { firmwareFile } from '../../bridge/assets.ts';
import { runOnEspruino } from '../firmware/runners.ts';
import { type Ends, endAll, eventually, listen, people, startBridge, startTenant } from './kit.ts';

const found = process.env['ESPRUINO'];
const why = found ? '' : " (skipped: ESPRUINO is not set to the path of Espruino's Linux build)";
const ends: Ends = [];
afterEach(() => endAll(ends));

describe.skipIf(!found)(`the real interpreter on the whole bridge${why}`, () => {
  it('follows Alice from Graph to the bytes for the LEDs, and shows unknown when the bridge is gone', async () => {
    const tenant = await startTenant(ends);
    await tenant.setPresence('alice', 'Available');
    const text = [
      tenant.microsoft,
      people,
      'lights: [{ id: door-alice, kind: espruino, shows: [alice] }]',
      'mqtt: { users: [{ username: test, password: test-password, access: read }] }',
    ].join('\n');
    const { bridge, urls, keys } = await startBridge(ends, text, { push: true });
    const lamp = await runOnEspruino(readFileSync(firmwareFile, 'utf8'), {
      id: 'door-alice',
      key: keys.get('door-alice')!,
      bridge: '127.0.0.1',
      probePort: urls.probePort,
    });
    ends.push(lamp.stop);
    /** The first LED: green, red and blue on the wire of a WS2812. */
    const led = () => lamp.frames.at(-1)?.slice(0, 3);
    await eventually(() => expect(led()).toEqual([255, 0, 0]), 15_000);
    const heard = await listen(ends, urls.mqtt!);
    await eventually(() => expect(heard.json('doorlight/bridge/health')['source']).toBe('push'));

    await tenant.setPresence('alice', 'Busy');
    await eventually(() => expect(led()).toEqual([0, 255, 0]));
    await eventually(() => {
      expect(heard.json('doorlight/lights/door-alice/state')).toMatchObject({
        color: { r: 255, g: 0, b: 0 },
      });
    });

    await bridge.stop();
    await eventually(() => {
      const [g = 0, r = 0, b = 0] = led() ?? [];
      expect(b > g && g > r).toBe(true);
    });
  });
});
