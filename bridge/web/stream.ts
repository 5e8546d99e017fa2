/** Server-sent events (WHATWG HTML, section 9.2): a stream that ends when its reader is too slow, or may look no more. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Clock, every } from '../../protocol/clock.ts';

const commentEveryMs = 15_000;
/** A reader that is this far behind is cut off; it comes back and is told everything anew. */
const mostBuffered = 1024 * 1024;
const mostStreams = 500;

export interface EventStream {
  send(event: string, data: unknown): void;
  /** Whether what was sent before has left; for what is worth nothing later. */
  isIdle(): boolean;
  end(): void;
}

export interface Streams {
  /**
   * Opens one. `mayLook` is asked at each comment; `onEnd` runs once when it is over. Nothing, and the request
   * refused, when there are too many.
   */
  open(
    request: FastifyRequest,
    reply: FastifyReply,
    options: { mayLook: () => boolean; onEnd: () => void },
  ): EventStream | undefined;
}

export function createStreams(clock: Clock): Streams {
  let count = 0;
  return {
    open(request, reply, { mayLook, onEnd }) {
      if (count >= mostStreams) {
        void reply.code(503).header('retry-after', '30').send({ error: 'Too many pages are open at once.' });
        return undefined;
      }
      count++;
      reply.hijack();
      const { raw } = reply;
      raw.writeHead(200, {
        ...(reply.getHeaders() as Record<string, string>),
        'content-type': 'text/event-stream',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      });
      raw.flushHeaders();
      const cancel = every(clock, commentEveryMs, () => {
        if (mayLook()) raw.write(': still here\n\n');
        else raw.end();
      });
      request.raw.on('close', () => {
        count--;
        cancel();
        onEnd();
      });
      let sent = 0;
      return {
        send(event, data) {
          raw.write(`id: ${++sent}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
          if (raw.writableLength > mostBuffered) raw.destroy();
        },
        isIdle: () => raw.writableLength === 0,
        end: () => void raw.end(),
      };
    },
  };
}
