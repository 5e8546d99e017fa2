import type { FastifyInstance } from 'fastify';

/** Listens, and resolves with a URL that this machine can open. @throws the socket's error, EADDRINUSE above all */
export async function listen(app: FastifyInstance, host: string, port: number): Promise<string> {
  await app.listen({ host, port });
  const bound = app.server.address() as { port: number };
  const name = host === '0.0.0.0' || host === '::' || host === '127.0.0.1' ? 'localhost' : host;
  const scheme = app.initialConfig.https ? 'https' : 'http';
  return `${scheme}://${name.includes(':') ? `[${name}]` : name}:${bound.port}`;
}
