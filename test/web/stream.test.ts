import fastify from 'fastify';
import { afterEach, expect, it } from 'vitest';
import { createStreams } from '../../bridge/web/stream.ts';
import { createFakeClock } from '../fake-clock.ts';
import { type Ends, endAll, eventually } from '../system/kit.ts';

const ends: Ends = [];
afterEach(() => endAll(ends));

it('an open stream ends soon after its reader may look no more', async () => {
  const clock = createFakeClock();
  const streams = createStreams(clock);
  let may = true;
  let over = 0;
  const app = fastify({ forceCloseConnections: true });
  app.get('/', (request, reply) => {
    const stream = streams.open(request, reply, { mayLook: () => may, onEnd: () => over++ });
    stream?.send('presence', { id: 'alice' });
    stream?.send('health', { id: 'bridge' });
    return reply;
  });
  ends.push(() => app.close());
  const { body } = await fetch(await app.listen({ host: '127.0.0.1', port: 0 }));
  let text = '';
  let ended = false;
  void (async () => {
    for await (const part of body!.pipeThrough(new TextDecoderStream())) text += part;
    ended = true;
  })();
  await eventually(() =>
    expect(text).toBe(
      'id: 1\nevent: presence\ndata: {"id":"alice"}\n\nid: 2\nevent: health\ndata: {"id":"bridge"}\n\n',
    ),
  );
  await clock.advance(15_000);
  await eventually(() => expect(text).toContain(': still here'));
  may = false;
  await clock.advance(15_000);
  await eventually(() => expect([ended, over]).toEqual([true, 1]));
});
