import { afterEach, describe, expect, it } from 'vitest';
import { type Ends, endAll, eventually, plugInLamp } from '../system/kit.ts';
import { startWeb } from './kit.ts';

const ends: Ends = [];
afterEach(() => endAll(ends));

describe('/metrics', () => {
  it('counts and measures, and names nobody', async () => {
    const { ask, keys, urls, bridge } = await startWeb(
      ends,
      'people: [{ id: alice, user: alice@contoso.com, name: Alice Ng }]\nlights: [{ id: door, kind: espruino, shows: [alice] }]\n',
    );
    plugInLamp(ends, 'door', keys.get('door')!, urls.probePort!);
    await eventually(() => expect(bridge.view.light('door')?.online).toBe(true));
    bridge.view.setPerson('alice', { status: 'busy', for: 'PT1M' });
    await eventually(() =>
      expect(bridge.view.light('door')?.state).toMatchObject({ color: { r: 255, g: 0, b: 0 } }),
    );
    const answer = await ask<string>('GET', '/metrics');
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(answer.body).toMatch(/^doorlight_lights_online 1$/m);
    expect(Number(/^doorlight_change_to_lamp_seconds_count (\d+)$/m.exec(answer.body)?.[1])).toBeGreaterThan(
      0,
    );
    expect(answer.body).toMatch(/^doorlight_notifications_total\{outcome="malformed"\} 0$/m);
    expect(answer.body).not.toMatch(/alice|Alice|door"/);
    for (const line of answer.body.trim().split('\n')) {
      expect(line).toMatch(
        /^(# (HELP|TYPE) doorlight_\w+ .+|doorlight_\w+(\{[a-z]+="[^"]+"\})? -?[\d.e+-]+)$/,
      );
    }
  });
});
