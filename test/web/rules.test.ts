import { afterEach, describe, expect, it } from 'vitest';
import { type Ends, endAll } from '../system/kit.ts';
import { startWeb } from './kit.ts';

const ends: Ends = [];
afterEach(() => endAll(ends));

const text = `
microsoft:
  { tenant: contoso.onmicrosoft.com, clientId: 11111111-2222-3333-4444-555555555555, graphUrl: "https://127.0.0.1:9", authorityUrl: "https://127.0.0.1:9" }
people: [{ id: alice, user: alice@contoso.com, name: Alice Ng }]
lights:
  - { id: door, kind: page, shows: [alice], night: { from: '00:00', to: '24:00', brightness: 0.5 } }
  - { id: desk, kind: page, shows: [alice] }
web: { timeline: true }
`;
const allDay = { path: 'quiet', value: [{ lights: ['door'], zone: 'UTC', dark: '00:00-24:00' }] };

describe('rules while the bridge runs', () => {
  it('make a light dark in quiet hours; by hand it shines; the others go on', async () => {
    const { change, bridge } = await startWeb(ends, text);
    const show = (id: string) => bridge.view.light(id)!;
    bridge.view.setPerson('alice', { status: 'busy', for: 'PT1H' });
    expect(show('door').show).toMatchObject({ brightness: 128 });
    expect((await change([allDay])).status).toBe(200);
    expect(show('door')).toMatchObject({ quiet: true, show: { state: 'OFF' } });
    expect(show('desk')).toMatchObject({ quiet: false, show: { state: 'ON' } });
    bridge.view.setLight('door', { state: 'ON', color: { r: 1, g: 2, b: 3 }, for: 'PT1H' });
    expect(show('door')).toMatchObject({ quiet: false, show: { color: { b: 3 } } });
    bridge.view.setLight('door', { clear: true });
    expect(show('door').show).toEqual({ state: 'OFF' });
    expect((await change([{ path: 'quiet', value: null }])).status).toBe(200);
    expect((await change([{ path: 'colorBlind', value: true }])).status).toBe(200);
    expect(show('desk').show).toMatchObject({ effect: 'blink-slow', color: { r: 255, g: 80, b: 0 } });
  });

  it('refuse a zone, days and holidays that are none, beside the field', async () => {
    const { change } = await startWeb(ends, text);
    const rule = { zone: 'Mars/Olympus', days: ['someday'], dark: '19:00-07:00', lights: ['nobody'] };
    const { status, body } = await change<{ fields: { path: string }[] }>([{ path: 'quiet', value: [rule] }]);
    expect(status).toBe(400);
    expect(body.fields.map(({ path }) => path)).toEqual(['quiet/0/lights', 'quiet/0/days', 'quiet/0/zone']);
    const holidays = [{ dark: '19:00-07:00', holidays: './none.ics' }];
    const missing = await change([{ path: 'quiet', value: holidays }]);
    expect(missing).toMatchObject({
      status: 400,
      body: { error: expect.stringMatching(/none\.ics cannot be read/) },
    });
  });

  it('are told by the timeline and by the chain', async () => {
    const { page, bridge, change } = await startWeb(ends, text);
    bridge.view.setPerson('alice', { status: 'busy', for: 'PT1H' });
    const timeline = await page<{ entries: { status: string }[] }>('GET', '/api/people/alice/timeline');
    expect(timeline.body).toMatchObject({ enabled: true });
    expect(timeline.body.entries.map(({ status }) => status)).toEqual(['unknown', 'busy']);
    bridge.view.setPerson('alice', { status: 'presenting', for: 'PT1H' });
    // Who shares less from now on shares less of the past, too.
    await change([{ path: 'people/alice/share', value: 'busy-free' }]);
    const less = await page<{ entries: { status: string }[] }>('GET', '/api/people/alice/timeline');
    expect(less.body.entries.map(({ status }) => status)).toEqual(['unknown', 'busy']);
    await change([{ path: 'people/alice/share', value: null }]);
    const chain = await page<{ links: { part: string }[] }>('GET', '/api/health/lights/door');
    expect(chain.body).toMatchObject({ light: 'door', wrong: true });
    expect(chain.body.links).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ part: 'graph', ok: false, mend: expect.stringMatching(/\w/) }),
        expect.objectContaining({ part: 'bridge', ok: true }),
        expect.objectContaining({ part: 'lamp', ok: false, code: 'lamp-gone' }),
      ]),
    );
  });
});

it('gives a support bundle without names, addresses and secrets', async () => {
  const { page } = await startWeb(ends, text);
  const { status, body, headers } = await page('GET', '/api/support-bundle');
  expect(status).toBe(200);
  expect(headers.get('content-disposition')).toMatch(/attachment/);
  expect(body).toMatchObject({ lights: [{ id: 'door' }, { id: 'desk' }], people: [{ fresh: false }] });
  for (const secret of ['alice@', 'Alice', 'contoso.onmicrosoft', '11111111-2222']) {
    expect(JSON.stringify(body)).not.toContain(secret);
  }
});
