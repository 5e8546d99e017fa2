import type { FastifyInstance } from 'fastify';

/**
 * Bodies as Microsoft's services take them: forms, and JSON that may be empty, which is what the Graph client
 * sends with a POST that needs no body.
 */
export function addLenientParsers(app: FastifyInstance): void {
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    (_request, body, done) => {
      done(null, Object.fromEntries(new URLSearchParams(body as string)));
    },
  );
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    if (body === '') return done(null, undefined);
    try {
      done(null, JSON.parse(body as string));
    } catch {
      const error = new Error(
        'Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.',
      );
      done(Object.assign(error, { statusCode: 400 }));
    }
  });
}
