import type { FastifyInstance } from 'fastify';

/** JSON that may be empty, which is what the Graph client sends with a POST that needs no body. */
export function addJsonParser(app: FastifyInstance): void {
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    if (body === '') return done(null, undefined);
    try {
      done(null, JSON.parse(body as string));
    } catch {
      const why =
        'Unable to read JSON request payload. Please ensure that the payload is of valid JSON format.';
      done(Object.assign(new Error(why), { statusCode: 400 }));
    }
  });
}

/** Forms, as the identity platform takes them. */
export function addFormParser(app: FastifyInstance): void {
  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    (_request, body, done) => {
      done(null, Object.fromEntries(new URLSearchParams(body as string)));
    },
  );
}
