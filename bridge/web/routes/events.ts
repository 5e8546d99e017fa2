/** GET /api/events: server-sent events, first all that is, then each change. */
import type { FastifyInstance } from 'fastify';
import type { LiveEvent } from '../../../protocol/payloads.ts';
import type { View } from '../view.ts';

const commentEveryMs = 15_000;
/** A reader that is this far behind is cut off; it comes back and is told everything anew. */
const mostBuffered = 1024 * 1024;

export function eventRoutes(app: FastifyInstance, view: View): void {
  app.get('/api/events', (request, reply) => {
    reply.hijack();
    const { raw } = reply;
    raw.writeHead(200, {
      ...(reply.getHeaders() as Record<string, string>),
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    const send = ({ event, data }: LiveEvent) => {
      // Pixels of a moment ago are worth nothing: a slow reader skips them.
      if (event === 'pixels' && raw.writableLength > 0) return;
      raw.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
      if (raw.writableLength > mostBuffered) raw.destroy();
    };
    for (const data of view.people()) send({ event: 'presence', data });
    for (const data of view.lights()) send({ event: 'light', data });
    send({ event: 'health', data: view.health() });
    for (const { id, pixels } of view.pixels()) {
      raw.write(`event: pixels\ndata: ${JSON.stringify({ id, pixels })}\n\n`);
    }

    const stopListening = view.onEvent(send);
    const comments = setInterval(() => raw.write(': still here\n\n'), commentEveryMs);
    request.raw.on('close', () => {
      clearInterval(comments);
      stopListening();
    });
  });
}
