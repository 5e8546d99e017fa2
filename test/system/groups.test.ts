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

describe('the work per change', () => {
  /** What is published, read and asked for when one of so many changes. */
  async function workOf(people: number) {
    const tenant = await startTenant(ends);
    const users = Array.from({ length: people }, (_, index) => ({
      id: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
      userPrincipalName: `user${index}@contoso.com`,
      displayName: `User ${index}`,
    }));
    await tenant.control('POST', '/users', users);
    const text = `${tenant.microsoft}
${mqttOnly}
source: { reconcileSeconds: 600, staleAfterSeconds: 1200 }
people:
${users.map(({ id }, index) => `  - { id: p${index}, user: ${id} }`).join('\n')}
lights:
${users.map((_, index) => `  - { id: l${index}, kind: wled, topic: wled/l${index}, shows: [p${index}] }`).join('\n')}`;
    const { bridge, urls } = await startBridge(ends, text, { push: true });
    await eventually(() => expect(bridge.view.health().source).toBe('push'), 20_000);
    await eventually(
      () => expect(bridge.view.people().every(({ status }) => status === 'offline')).toBe(true),
      20_000,
    );
    const { all } = await listen(ends, urls.mqtt!);
    await eventually(() =>
      expect(all.filter(({ topic }) => /presence\/p\d+$/.test(topic))).toHaveLength(people),
    );
    const before = all.length;
    const told: string[] = [];
    ends.push(
      bridge.view.onEvent(({ event, data }) => told.push(`${event} ${(data as { id?: string }).id ?? ''}`)),
    );
    await tenant.setPresence('user1', 'Busy');
    await eventually(() =>
      expect(
        all.some(({ topic, payload }) => topic === 'doorlight/lights/l1/show' && payload.includes('"r":255')),
      ).toBe(true),
    );
    const isOurs = (topic: string) => !/bridge\/(alive|health)$/.test(topic);
    return {
      published: all
        .slice(before)
        .map(({ topic }) => topic)
        .filter(isOurs)
        .sort(),
      told: told.filter((line) => !line.startsWith('health')).sort(),
    };
  }

  it('is the same for ten times the people', async () => {
    const few = await workOf(20);
    const many = await workOf(200);
    expect(many).toEqual(few);
    expect(few.published).toEqual([
      'doorlight/lights/l1/show',
      'doorlight/lights/l1/state',
      'doorlight/presence/p1',
      'doorlight/presence/p1/status',
    ]);
  }, 60_000);
});
