/** The page's files; every other address that is no file and no API is the page itself, which looks at the address. */
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';

/** The secret of a link is in these addresses: nobody keeps what came from them. */
const secret = /^\/(me|board|pair)\//;

/** Rooms whose code comes in a piece of its own, which their page asks for at once (page-build.ts). */
const inside = /^\/(settings|health|setup)\b/;

export function pageRoutes(app: FastifyInstance, pageDir: string): void {
  void app.register(fastifyStatic, { root: pageDir, serve: false, preCompressed: true });
  app.get<{ Params: { light: string } }>(
    '/lamp/:light/manifest.webmanifest',
    { config: { access: 'open', isPage: true } },
    ({ params: { light } }, reply) =>
      reply.type('application/manifest+json').send({
        name: 'Doorlight',
        short_name: 'Doorlight',
        id: `/lamp/${encodeURIComponent(light)}`,
        start_url: `/lamp/${encodeURIComponent(light)}`,
        scope: '/',
        display: 'fullscreen',
        background_color: '#000000',
        theme_color: '#000000',
        icons: [{ src: '/icon.svg', sizes: 'any', type: 'image/svg+xml' }],
      }),
  );
  app.get('/*', { config: { access: 'open', isPage: true } }, (request, reply) => {
    const path = request.url.split('?')[0]!;
    if (path.startsWith('/api/')) return reply.callNotFound();
    if (secret.test(path)) {
      return reply.header('cache-control', 'no-store').sendFile('index.html', { cacheControl: false });
    }
    if (/\.[a-z0-9]+$/i.test(path)) return reply.sendFile(path.slice(1));
    return reply.sendFile(inside.test(path) ? 'inside.html' : 'index.html');
  });
}
