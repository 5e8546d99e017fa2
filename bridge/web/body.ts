/** Reads a request's body. */
import type { IncomingMessage } from 'node:http';
import type { FastifyRequest } from 'fastify';

/**
 * A body as text, for a content type parser. One that is longer than the route's `bodyLimit` is thrown away to its end
 * before it is refused: who is cut off while sending sees a broken connection in place of the 413. `requestTimeout`
 * bounds how long that may take.
 */
export function readBody(
  { routeOptions: { bodyLimit = 0 } }: FastifyRequest,
  payload: IncomingMessage,
  done: (error: Error | null, body?: string) => void,
): void {
  const parts: Buffer[] = [];
  let bytes = 0;
  payload.on('data', (part: Buffer) => {
    bytes += part.length;
    if (bytes <= bodyLimit) parts.push(part);
    else parts.length = 0;
  });
  payload.once('error', done);
  payload.once('end', () => {
    if (bytes <= bodyLimit) return done(null, Buffer.concat(parts).toString('utf8'));
    done(Object.assign(new Error(`A body has at most ${bodyLimit} bytes here.`), { statusCode: 413 }));
  });
}
