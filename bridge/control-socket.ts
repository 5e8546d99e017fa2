/** DATA/control.sock: how the other commands reach a running bridge. Whoever may open the file may use it. */
import { chmodSync, rmSync } from 'node:fs';
import fastify from 'fastify';
import { Type } from 'typebox';
import type { ConfigFile } from './config/file.ts';
import type { GraphSide } from './graph/graph-side.ts';
import type { Accounts } from './mqtt/accounts.ts';
import type { View } from './web/view.ts';

export interface ControlSocket {
  start(): Promise<void>;
  stop(): Promise<void>;
}

interface Named {
  Params: { id: string };
}

export function createControlSocket(options: {
  path: string;
  accounts: Accounts;
  view: View;
  /** Nothing in set-up mode. */
  graph: () => GraphSide | undefined;
  restart?: (() => void) | undefined;
  configFile?: Pick<ConfigFile, 'look'> | undefined;
}): ControlSocket {
  const { path, accounts, view, graph, restart, configFile } = options;
  const app = fastify({ forceCloseConnections: true });
  app.get('/readyz', () => ({ version: view.version, missing: view.missing() }));
  app.post('/restart', (_request, reply) => {
    // Only once the answer is out: the end closes this socket, too.
    reply.raw.once('finish', () => restart?.());
    return { restarting: restart !== undefined };
  });
  app.get('/lights', () => view.lights());
  app.get('/health/lights', () => view.lights().map(({ id }) => view.lightHealth(id)));
  // Somebody has written to the file, and wants to know what became of it.
  app.post('/configuration', async () => ({ refused: (await configFile?.look()) ?? null }));
  app.post<Named>('/lights/:id/identify', (request) => ({
    found: view.identify(request.params.id),
    online: view.lights().find((light) => light.id === request.params.id)?.online ?? false,
  }));
  app.post<Named>('/lights/:id/key', async (request) => ({
    key: await accounts.mintLamp(request.params.id),
  }));
  app.delete<Named>('/lights/:id/key', async (request) => {
    await accounts.removeLamp(request.params.id);
    return {};
  });
  app.post<Named>('/users/:id/password', async (request) => ({
    password: await accounts.mintUser(request.params.id),
  }));
  app.put<Named & { Body: { password: string } }>(
    '/users/:id/password',
    { schema: { body: Type.Object({ password: Type.String({ minLength: 1 }) }) } },
    async (request) => {
      await accounts.chooseUser(request.params.id, request.body.password);
      return {};
    },
  );
  app.delete('/secrets', async () => ({ revoked: await accounts.revokeAll() }));
  app.delete<Named>('/users/:id/password', async (request) => {
    await accounts.removeUser(request.params.id);
    return {};
  });
  app.get('/graph', () => graph()?.diagnosis() ?? null);
  app.get('/sign-in', () => graph()?.accounts.states() ?? []);
  app.delete<Named>('/sign-in/:id', async (request) => {
    await graph()?.accounts.find(request.params.id)?.forget();
    return {};
  });
  app.post<Named>('/sign-in/:id/confirm', async (request) => ({
    confirmed: (await graph()?.accounts.find(request.params.id)?.confirm(true)) ?? false,
  }));
  app.post<Named>('/sign-in/:id/drop', async (request) => ({
    dropped: (await graph()?.accounts.find(request.params.id)?.confirm(false)) ?? false,
  }));

  return {
    async start() {
      // The data directory is locked by us, so a socket that is there is from a process that died.
      rmSync(path, { force: true });
      await app.listen({ path });
      chmodSync(path, 0o600);
    },
    async stop() {
      await app.close();
      rmSync(path, { force: true });
    },
  };
}
