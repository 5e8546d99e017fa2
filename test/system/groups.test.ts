import { afterEach, describe, expect, it } from 'vitest';
import { groupId, userIds } from '../../simulator/graph/stand-in.ts';
import { consumer, type Ends, endAll, eventually, listen, startBridge, startTenant } from './kit.ts';

const ends: Ends = [];
afterEach(() => endAll(ends));

const mqttOnly = `mqtt: { ${consumer}, homeAssistant: { enabled: false } }`;

describe('a group from Entra', () => {
  it('has a topic for each member, lights that show it, and no more of anybody than share allows', async () => {
    const tenant = await startTenant(ends);
    const text = `${tenant.microsoft}
${mqttOnly}
groups: [{ id: floor2, group: ${groupId}, share: status, exclude: [${userIds.carol}] }]
lights:
  - { id: strip, kind: wled, topic: wled/strip, shows: [floor2] }
  - { id: bobs, kind: wled, topic: wled/bobs, shows: ["${userIds.bob}"] }`;
    const { urls } = await startBridge(ends, text, { push: true });
    const { last, json } = await listen(ends, urls.mqtt!);
    const red = { state: 'ON', color: { r: 255, g: 0, b: 0 }, effect: 'solid' };
    // Bob is in a meeting, Alice is free: the busiest one is shown.
    await eventually(() => expect(json('doorlight/lights/strip/show')).toMatchObject(red));
    expect(json(`doorlight/presence/${userIds.bob}`)).toMatchObject({
      status: 'meeting',
      name: 'Bob Meyer',
    });
    expect(json(`doorlight/presence/${userIds.bob}`)['activity'] ?? null).toBeNull();
    expect(last.get(`doorlight/presence/${userIds.alice}/status`)).toBe('available');
    expect(last.has(`doorlight/presence/${userIds.carol}`)).toBe(false);
    await tenant.setPresence('alice', 'Presenting');
    await eventually(() =>
      expect(json('doorlight/lights/strip/show')).toMatchObject({ effect: 'blink-slow' }),
    );
    expect(json('doorlight/lights/bobs/show')).toMatchObject(red);
  });
});
