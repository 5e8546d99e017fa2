import { afterEach, expect, it } from 'vitest';
import { type Ends, endAll, people, startBridge, temporaryFolder } from '../system/kit.ts';

const ends: Ends = [];
afterEach(() => endAll(ends));

it('keeps what was set by hand, of people and of lights, over a restart', async () => {
  const folder = temporaryFolder(ends);
  const text = `${people}\nlights: [{ id: door, kind: espruino, shows: [alice] }]`;
  const first = await startBridge(ends, text, { folder });
  first.bridge.view.setPerson('alice', { status: 'dnd', for: 'PT2H' });
  first.bridge.view.setLight('door', { state: 'OFF', for: 'PT2H' });
  await first.bridge.stop();
  const { bridge } = await startBridge(ends, text, { folder });
  expect(bridge.view.person('alice')).toMatchObject({ status: 'dnd', source: 'override' });
  expect(bridge.view.lights()[0]?.show).toMatchObject({ state: 'OFF', override: expect.anything() });
});
