import { afterEach, expect, it } from 'vitest';
import { type Clock, systemClock } from '../../protocol/clock.ts';
import { groupId, userIds } from '../../simulator/graph/stand-in.ts';
import { consumer, type Ends, endAll, eventually, listen, startBridge, startTenant } from '../system/kit.ts';

const ends: Ends = [];
afterEach(() => endAll(ends));

/** A group is read again each ten minutes: here each half second. */
const hurried: Clock = {
  ...systemClock,
  after: (ms, run) => systemClock.after(ms === 600_000 ? 500 : ms, run),
};

it('leaves nothing of somebody who has left the Entra group: neither presence nor discovery', async () => {
  const tenant = await startTenant(ends);
  const { urls } = await startBridge(
    ends,
    `${tenant.microsoft}\ngroups: [{ id: floor2, group: ${groupId} }]\nmqtt: { ${consumer} }`,
    { clock: hurried },
  );
  const { last } = await listen(ends, urls.mqtt!, '#');
  const topicsOf = (id: string) => [
    `doorlight/presence/${id}`,
    `doorlight/presence/${id}/status`,
    `homeassistant/device/doorlight_person_${id}/config`,
  ];
  const there = (id: string) => topicsOf(id).map((topic) => (last.get(topic) ?? '') !== '');
  await eventually(() => expect([there(userIds.bob), there(userIds.alice)].flat()).not.toContain(false));

  await tenant.control('POST', '/groups', { id: groupId, displayName: 'Floor 2', members: [userIds.alice] });
  await eventually(() => expect(there(userIds.bob)).toEqual([false, false, false]));
  expect(there(userIds.alice)).toEqual([true, true, true]);

  const late = await listen(ends, urls.mqtt!, '#');
  await eventually(() => expect(late.last.get('doorlight/bridge/state')).toBe('online'));
  expect([...late.last.keys()].filter((topic) => topic.includes(userIds.bob))).toEqual([]);
});
