import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { consumer, type Ends, endAll, eventually, listen, startBridge } from '../system/kit.ts';

const ends: Ends = [];
afterEach(() => endAll(ends));

let json: (topic: string) => Record<string, unknown>;
let post: (
  path: string,
  body?: string,
  headers?: Record<string, string>,
) => Promise<{ status: number; body: unknown }>;

beforeEach(async () => {
  const { urls, lines } = await startBridge(
    ends,
    `people: [{ id: alice, user: alice@contoso.com }]
lights: [{ id: door, kind: espruino, shows: [alice] }]
mqtt: { ${consumer} }`,
  );
  const code = lines.join('\n').match(/code ([A-Z0-9]{8})/)![1]!;
  const claimed = await fetch(`${urls.web}/api/claim`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ code, password: 'corridor of lamps' }),
  });
  const cookie = claimed.headers.get('set-cookie')!.split(';')[0]!;
  post = async (path, body, headers = { cookie }) => {
    const answer = await fetch(`${urls.web}${path}`, {
      method: 'POST',
      headers: {
        origin: urls.web!,
        ...headers,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body }),
    });
    const text = await answer.text();
    return { status: answer.status, body: text ? (JSON.parse(text) as unknown) : undefined };
  };
  ({ json } = await listen(ends, urls.mqtt!));
  await eventually(() => expect(json('doorlight/lights/door/show')).toMatchObject({ state: 'ON' }));
});

const light = '/api/lights/door/set';
const white = { color: { r: 255, g: 255, b: 255 }, brightness: 255, effect: 'blink-slow' };
/** 484 bytes as a show, and more than 500 with its end. */
const longShow = JSON.stringify({ state: 'ON', segments: Array(5).fill(white) });
const person = '/api/people/alice/set';

describe('POST /api/lights/{id}/set', () => {
  it('sets a light by hand until its end, and ends that', async () => {
    const set = await post(
      light,
      '{"state":"ON","color":{"r":0,"g":0,"b":255},"effect":"solid","for":"PT5M"}',
    );
    expect(set).toMatchObject({ status: 200, body: { override: { until: expect.stringMatching(/Z$/) } } });
    await eventually(() =>
      expect(json('doorlight/lights/door/show')).toMatchObject({
        color: { b: 255 },
        effect: 'solid',
        override: {},
      }),
    );
    expect(await post(light, '{"clear":true}')).toEqual({ status: 200, body: { override: null } });
    await eventually(() => expect(json('doorlight/lights/door/show')).not.toHaveProperty('override.until'));
  });
});

describe('POST /api/people/{id}/set', () => {
  it('sets a person by hand until its end, and ends that', async () => {
    expect((await post(person, '{"status":"dnd","for":"PT25M"}')).status).toBe(200);
    await eventually(() =>
      expect(json('doorlight/presence/alice')).toMatchObject({ status: 'dnd', source: 'override' }),
    );
    expect(await post(person, '{"clear":true}')).toEqual({ status: 200, body: { override: null } });
    await eventually(() =>
      expect(json('doorlight/presence/alice')).toMatchObject({ status: 'unknown', override: null }),
    );
  });
});

describe('POST /api/lights/{id}/identify', () => {
  it('is done with 204, and 404 for a light that is none', async () => {
    expect((await post('/api/lights/door/identify')).status).toBe(204);
    expect((await post('/api/lights/nobody/identify')).status).toBe(404);
  });
});

describe('what is wrong over HTTP changes nothing and is told', () => {
  it.each([
    [light, '{"state":"ON","brightness":256}', 400, /^brightness: expected a brightness from 0 to 255/],
    [light, '{"state":"ON","colour":"red"}', 400, /^colour is not known/],
    [light, '{}', 400, /expected/],
    [light, '[]', 400, /expected an object/],
    [light, '{"state":"ON","for":"PT25H"}', 400, /^for: /],
    [light, '{"state":"ON","for":"soon"}', 400, /^for: /],
    [light, '{"state":', 400, /JSON/],
    [light, longShow, 400, /^segments: expected fewer parts/],
    [person, '{"status":"sleeping"}', 400, /^status: expected one of/],
    [person, '{"status":"dnd","clear":true}', 400, /either status or clear/],
    [person, '7', 400, /expected an object/],
    ['/api/people/nobody/set', '{"status":"dnd"}', 404, /nobody with the id nobody/],
    ['/api/lights/nobody/set', '{"state":"OFF"}', 404, /no light with the id nobody/],
  ])('%s %s: %i', async (path, body, status, error) => {
    const before = [json('doorlight/lights/door/show'), json('doorlight/presence/alice')];
    const answer = await post(path, body);
    expect(answer).toMatchObject({ status, body: { error: expect.stringMatching(error) } });
    // A set that is good, and whose effect must come, is the proof that the one before had none.
    await post(person, '{"status":"busy"}');
    await eventually(() => expect(json('doorlight/presence/alice')).toMatchObject({ status: 'busy' }));
    await post(person, '{"clear":true}');
    await eventually(() =>
      expect([
        json('doorlight/lights/door/show'),
        { ...json('doorlight/presence/alice'), since: null },
      ]).toEqual([before[0], { ...before[1], since: null }]),
    );
  });

  it('as it does without a session', async () => {
    for (const path of [light, person, '/api/lights/door/identify'])
      expect((await post(path, '{"clear":true}', {})).status).toBe(401);
  });
});

describe('what clients send that nobody asked for', () => {
  it('takes an empty body that is called JSON where there is nothing to say', async () => {
    expect((await post('/api/lights/door/identify', '')).status).toBe(204);
    expect((await post(light, '')).status).toBe(400);
  });

  it('says that a body is too long to who is still sending it', async () => {
    expect((await post(light, `"${'x'.repeat(32 * 1024 * 1024)}"`)).status).toBe(413);
  });

  it.each(['/api/lights/NO%20LIGHT/set', '/api/people/Nobody/set', '/api/lights/DOOR/identify'])(
    'finds nothing at %s, which can be no id',
    async (path) => {
      expect((await post(path, '{"clear":true}')).status).toBe(404);
    },
  );
});
