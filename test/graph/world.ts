/** The Graph side of a bridge on the stand-in, both on one clock that the test owns; the network between is real. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import { parseConfig } from '../../bridge/config/load.ts';
import { createGraphSide, type GraphSide } from '../../bridge/graph/graph-side.ts';
import { addNotificationRoutes } from '../../bridge/graph/notification.ts';
import type { Roster } from '../../bridge/graph/people.ts';
import { type Board, createBoard } from '../../bridge/presence/board.ts';
import { openStore, type Store } from '../../bridge/store.ts';
import { createHooks } from '../../bridge/web/hooks.ts';
import {
  clientId,
  createGraphStandIn,
  type GraphStandInOptions,
  tenantId,
} from '../../simulator/graph/stand-in.ts';
import { createFakeClock, type FakeClock } from '../fake-clock.ts';

export interface GraphWorld {
  clock: FakeClock;
  side: GraphSide;
  board: Board;
  /** What was logged, oldest first. */
  lines: string[];
  rosters: Roster[];
  gaps: number[];
  controlUrl: string;
  hooksUrl: string;
  hookCounters: { accepted: number; malformed: number; tooLarge: number };
  folder: string;
  /** `METHOD path` of each request that anybody here sent, oldest first. */
  requests: string[];
  control(method: string, path: string, body?: object): Promise<unknown>;
  fault(fault: object): Promise<unknown>;
  mend(): Promise<unknown>;
  setPresence(user: string, activity: string, more?: object): Promise<unknown>;
  status(person: string): string;
  /** Lets time pass, with room for the network between the steps. */
  run(ms: number, stepMs?: number): Promise<void>;
  /** The same until the check holds; fails when it does not within `limitMs`. Resolves with the ms it took. */
  runUntil(check: () => boolean, limitMs: number, stepMs?: number): Promise<number>;
  /** Ends this Graph side as a kill would, and starts another on the same data. */
  crash(): Promise<void>;
  stop(): Promise<void>;
}

export interface GraphWorldOptions {
  /** Whether to wait until somebody is signed in; true unless told. */
  signedIn?: boolean;
  /** More YAML below the usual. */
  yaml?: string;
  /** More keys of microsoft:, as YAML flow. */
  microsoft?: string;
  source?: string;
  people?: string;
  push?: boolean;
  standIn?: Partial<GraphStandInOptions>;
  keyLifeMs?: number;
  random?: () => number;
  clientCertificate?: { cert: string; key: string };
}

const threePeople = `people:
  - { id: alice, user: alice@contoso.com }
  - { id: bob, user: bob@contoso.com }
  - { id: carol, user: carol@contoso.com }`;

export async function createGraphWorld(options: GraphWorldOptions = {}): Promise<GraphWorld> {
  const clock = createFakeClock();
  // MSAL and jose read the wall clock themselves.
  vi.useFakeTimers({ toFake: ['Date'], now: clock.now() });
  const folder = mkdtempSync(join(tmpdir(), 'doorlight-graph-'));
  const standIn = createGraphStandIn({
    clock,
    port: 0,
    controlPort: 0,
    dataDir: folder,
    autoApprove: true,
    deviceInterval: 0.02,
    ...options.standIn,
  });
  const { graphUrl, controlUrl, caFile } = await standIn.start();
  const config = parseConfig(
    [
      `microsoft: { tenant: ${tenantId}, clientId: ${clientId}, graphUrl: "${graphUrl}", authorityUrl: "${graphUrl}", caFile: "${caFile}"${options.microsoft ? `, ${options.microsoft}` : ''} }`,
      options.source ?? '',
      options.people ?? threePeople,
      options.yaml ?? '',
    ].join('\n'),
    'test.yaml',
  );

  const lines: string[] = [];
  const keep = (line: string) => void lines.push(line);
  const log = { debug() {}, info: keep, warn: keep, error: keep };
  const files = openStore(folder);
  let writing = 0;
  /** Writes to the disk take real time, for which the test's clock has to wait. */
  const counted = async (write: Promise<void>) => {
    writing++;
    await write.finally(() => writing--);
  };
  const store: Store = {
    ...files,
    write: (name, value) => counted(files.write(name, value)),
    writeText: (name, text) => counted(files.writeText(name, text)),
  };
  const board = createBoard({ clock, people: [], staleAfterMs: config.source.staleAfterSeconds * 1000 });
  const rosters: Roster[] = [];
  const gaps: number[] = [];
  const hookCounters = { accepted: 0, malformed: 0, tooLarge: 0 };
  /** Decrypting is no request, and takes real time off the main thread: so long it may after a notification came. */
  const decryptMs = 40;
  let arrivedAt = Number.NEGATIVE_INFINITY;
  const decrypting = () => performance.now() - arrivedAt < decryptMs;
  let side: GraphSide | undefined;
  const hooks = createHooks({
    host: '127.0.0.1',
    port: 0,
    addRoutes: (app) =>
      addNotificationRoutes(
        app,
        {
          notifications(body) {
            arrivedAt = performance.now();
            side?.sink.notifications(body);
          },
          lifecycle: (body) => side?.sink.lifecycle(body),
        },
        hookCounters,
      ),
  });
  const hooksUrl = await hooks.start();

  const requests: string[] = [];
  const inFlight = new Set<unknown>();
  /** How many of them hang, as a fault makes them. */
  let hanging = 0;
  const created = (message: unknown) => {
    const { request } = message as { request: { method: string; path: string } };
    requests.push(`${request.method} ${request.path}`);
    inFlight.add(request);
  };
  const ended = (message: unknown) => void inFlight.delete((message as { request: unknown }).request);
  subscribe('undici:request:create', created);
  subscribe('undici:request:trailers', ended);
  subscribe('undici:request:error', ended);

  async function startSide(): Promise<GraphSide> {
    const next = await createGraphSide(config, config.microsoft!, {
      clock,
      log,
      store,
      random: options.random ?? (() => 0.5),
      publicUrl: options.push ? () => hooksUrl : undefined,
      onReading: board.confirm,
      onRoster(roster) {
        rosters.push(roster);
        board.setPeople(roster.people.map((person) => person.id));
      },
      onGap(ms) {
        gaps.push(ms);
        board.forget();
      },
      ...(options.keyLifeMs ? { keyLifeMs: options.keyLifeMs } : {}),
    });
    board.setPeople(next.roster().people.map((person) => person.id));
    next.start();
    return next;
  }
  side = await startSide();

  const real = (ms: number) => new Promise<void>((done) => setTimeout(done, ms));
  /** Waits for the network, but not for what hangs. */
  async function settle(): Promise<void> {
    let turns = 0;
    for (let quiet = 0; quiet < 4 && turns < 120; turns++) {
      quiet = inFlight.size > hanging || writing > 0 || decrypting() ? 0 : quiet + 1;
      await real(1);
    }
    hanging = inFlight.size;
  }

  async function control(method: string, path: string, body?: object): Promise<unknown> {
    const answer = await fetch(`${controlUrl}${path}`, {
      method,
      ...(body ? { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) } : {}),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer.status === 204 ? undefined : await answer.json();
  }

  async function step(ms: number): Promise<void> {
    const before = requests.length;
    await clock.advance(ms);
    vi.setSystemTime(clock.now());
    if (requests.length !== before || inFlight.size > 0 || writing > 0 || decrypting()) await settle();
  }

  const world: GraphWorld = {
    clock,
    get side() {
      return side!;
    },
    board,
    lines,
    rosters,
    gaps,
    controlUrl,
    hooksUrl,
    hookCounters,
    folder,
    requests,
    control,
    fault: (fault) => control('POST', '/faults', fault),
    mend: () => control('DELETE', '/faults'),
    setPresence: (user, activity, more = {}) =>
      control('PUT', `/users/${user}/presence`, { availability: activity, ...more }),
    status: (person) => board.get(person)?.status ?? 'nobody',
    async run(ms, stepMs = 1_000) {
      for (let passed = 0; passed < ms; passed += stepMs) await step(Math.min(stepMs, ms - passed));
    },
    async runUntil(check, limitMs, stepMs = 500) {
      for (let passed = 0; passed <= limitMs; passed += stepMs) {
        if (check()) return passed;
        await step(stepMs);
        // Decrypting is no request, and takes real time too.
        await real(2);
      }
      if (check()) return limitMs;
      throw new Error(`It did not come within ${limitMs} ms of the clock. The log:\n${lines.join('\n')}`);
    },
    async crash() {
      // A killed process sends nothing more; deleting its subscription is what it does not do any more.
      await control('POST', '/faults', { fault: 'reset', on: 'subscriptions' });
      await side!.stop();
      await control('DELETE', '/faults');
      side = await startSide();
    },
    async stop() {
      await control('DELETE', '/faults').catch(() => {});
      const stopping = side!.stop();
      await settle();
      await stopping;
      board.stop();
      await hooks.stop();
      await standIn.stop();
      unsubscribe('undici:request:create', created);
      unsubscribe('undici:request:trailers', ended);
      unsubscribe('undici:request:error', ended);
      vi.useRealTimers();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  const allGood = () => side!.accounts.states().every((state) => state.status === 'ok' && state.tenantId);
  while (options.signedIn !== false && !allGood()) {
    await step(1);
    await real(1);
  }
  return world;
}
