import { mkdir, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { createControl } from './control.ts';
import type { User } from './directory.ts';
import type { Fault } from './faults.ts';
import { createHttpsServer } from './https-server.ts';
import { type GraphStandInOptions, settingsOf } from './options.ts';
import { type Push, startPush } from './push.ts';
import { userIds } from './tenant.ts';
import { createTenantState, type TenantState } from './tenant-state.ts';

export type { GraphStandInOptions } from './options.ts';
export { clientId, groupId, serviceAccount, tenantId, userIds } from './tenant.ts';

export interface GraphAddresses {
  /** https origin of Graph and of the identity platform alike. */
  graphUrl: string;
  /** http origin of the control API. */
  controlUrl: string;
  /** PEM file of the authority to trust for `graphUrl`. */
  caFile: string;
}

export interface GraphStandIn {
  /** Listens; rejects if a port is taken or the data directory cannot be written. */
  start(): Promise<GraphAddresses>;
  /** Closes everything. A later start is the same tenant at the same addresses. */
  stop(): Promise<void>;
}

/** A stand-in for Microsoft Graph and the Microsoft identity platform, for the demo and for tests. */
export function createGraphStandIn(options: GraphStandInOptions): GraphStandIn {
  const settings = settingsOf(options);
  let { port, controlPort } = settings;
  let state: TenantState | undefined;
  let running: { push: Push; servers: FastifyInstance[] } | undefined;
  const origin = () => `https://localhost:${port}`;

  async function start(): Promise<GraphAddresses> {
    state ??= await createTenantState(settings, origin);
    const { day, tokens, store } = state;
    const caFile = resolve(join(settings.dataDir, 'graph-ca.pem'));
    await mkdir(settings.dataDir, { recursive: true });
    await writeFile(caFile, state.certificate.ca, { mode: 0o600 });

    const push = startPush(settings, state, origin);
    const https = createHttpsServer(settings, state, push, origin);
    const strike = (fault: Fault, user: User | undefined): void => {
      if (fault.fault === 'vanish') for (const each of store.list()) store.remove(each.id);
      if (fault.fault === 'silent') for (const each of store.list()) each.silent = true;
      if (fault.fault !== 'revoked') return;
      const userId = user?.id ?? userIds.doorlight;
      tokens.revoke(userId, fault.accessTokens ?? false);
      push.requireReauthorization(userId);
    };
    const control = createControl({ ...state, taken: day.release, strike });
    running = { push, servers: [https, control] };
    try {
      await https.listen({ host: settings.host, port });
      port = portOf(https);
      await control.listen({ host: '127.0.0.1', port: controlPort });
      controlPort = portOf(control);
    } catch (error) {
      await stop();
      throw error;
    }
    if (settings.day) day.start();
    return { graphUrl: origin(), controlUrl: `http://127.0.0.1:${controlPort}`, caFile };
  }

  async function stop(): Promise<void> {
    const { push, servers } = running ?? { servers: [] };
    running = undefined;
    state?.day.stop();
    await push?.stop();
    await Promise.all(servers.map((server) => server.close()));
  }

  return { start, stop };
}

function portOf(app: FastifyInstance): number {
  return (app.server.address() as AddressInfo).port;
}
