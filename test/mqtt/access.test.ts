import { describe, expect, it } from 'vitest';
import { type Account, accessRules, coveredBy } from '../../bridge/mqtt/access.ts';

const rules = accessRules('doorlight', 'homeassistant', ['usb-desk']);
const lamp: Account = { kind: 'lamp', id: 'door' };
const consumer = (access: 'read' | 'control' | 'all'): Account => ({ kind: 'consumer', name: 'ha', access });

describe('a topic filter covers another', () => {
  it.each([
    ['doorlight/#', 'doorlight', true],
    ['doorlight/#', 'doorlight/a/b', true],
    ['doorlight/#', 'doorlight/+/b/#', true],
    ['doorlight/#', '#', false],
    ['doorlight/#', '+/a', false],
    ['doorlight/+/show', 'doorlight/a/show', true],
    ['doorlight/+/show', 'doorlight/+/show', true],
    ['doorlight/+/show', 'doorlight/#', false],
    ['doorlight/+/show', 'doorlight/a/b/show', false],
    ['doorlight/a', 'doorlight/+', false],
    ['doorlight/a', 'doorlight/a', true],
    ['doorlight/+', 'doorlight', false],
    ['#', '$SYS/a', false],
  ])('%s, %s: %s', (allowed, filter, expected) => {
    expect(coveredBy([allowed])(filter)).toBe(expected);
  });
});

describe('who may publish where', () => {
  it.each([
    ['a lamp its own state', lamp, 'doorlight/lights/door/state', true],
    ['a lamp its own availability', lamp, 'doorlight/lights/door/availability', true],
    ['a lamp its own button', lamp, 'doorlight/lights/door/button', true],
    ['a lamp its own result', lamp, 'doorlight/lights/door/result', true],
    ['a lamp its own show', lamp, 'doorlight/lights/door/show', false],
    ["a lamp another's state", lamp, 'doorlight/lights/other/state', false],
    ['a lamp a presence', lamp, 'doorlight/presence/alice', false],
    ['read anything', consumer('read'), 'doorlight/lights/door/set', false],
    ['control a set', consumer('control'), 'doorlight/lights/door/set', true],
    ['control an identify', consumer('control'), 'doorlight/lights/door/identify', true],
    ["control a person's set", consumer('control'), 'doorlight/presence/alice/set', true],
    ['control a request', consumer('control'), 'doorlight/bridge/request/lights/list', true],
    ["control Home Assistant's birth", consumer('control'), 'homeassistant/status', true],
    ['control a show', consumer('control'), 'doorlight/lights/door/show', false],
    ['control elsewhere', consumer('control'), 'zigbee2mqtt/x/set', false],
    ['all elsewhere', consumer('all'), 'zigbee2mqtt/x/set', true],
    ['all a show', consumer('all'), 'doorlight/lights/door/show', false],
    ['all a presence', consumer('all'), 'doorlight/presence/alice', false],
    ['all a status', consumer('all'), 'doorlight/presence/alice/status', false],
    ['all the bridge state', consumer('all'), 'doorlight/bridge/state', false],
    ['all a hosted state', consumer('all'), 'doorlight/lights/usb-desk/state', false],
    ['all a set', consumer('all'), 'doorlight/lights/door/set', true],
    ['all $SYS', consumer('all'), '$SYS/x', false],
  ] as const)('%s', (_what, account, topic, expected) => {
    expect(rules.canPublish(account, topic)).toBe(expected);
  });
});

describe('who may subscribe to what', () => {
  it.each([
    ['a lamp its own show', lamp, 'doorlight/lights/door/show', true],
    ['a lamp the bridge state', lamp, 'doorlight/bridge/state', true],
    ['a lamp the bridge alive', lamp, 'doorlight/bridge/alive', true],
    ["a lamp another's show", lamp, 'doorlight/lights/other/show', false],
    ['a lamp any show', lamp, 'doorlight/lights/+/show', false],
    ['a lamp everything', lamp, '#', false],
    ['a lamp a presence', lamp, 'doorlight/presence/alice', false],
    ['read all of ours', consumer('read'), 'doorlight/#', true],
    ['read discovery', consumer('read'), 'homeassistant/#', true],
    ['read everything', consumer('read'), '#', false],
    ['read elsewhere', consumer('read'), 'zigbee2mqtt/#', false],
    ['control all of ours', consumer('control'), 'doorlight/presence/+', true],
    ['all everything', consumer('all'), '#', true],
  ] as const)('%s', (_what, account, filter, expected) => {
    expect(rules.canSubscribe(account, filter)).toBe(expected);
  });
});
