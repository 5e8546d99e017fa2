/** The Graph side of a bridge on the stand-in, both on one clock that the test owns; the network between is real. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import { parseConfig } from '../../bridge/config/load.ts';
import { createGraphSide, type GraphSide } from '../../bridge/graph/graph-side.ts';
import { addNotificationRoutes } from '../../bridge/graph/notification.ts';
import type { Roster } from '../../bridge/graph/people.ts';
import { type Board, createBoard } from '../../bridge/presence/board.ts';
import { openStore } from '../../bridge/store.ts';
import { createHooks } from '../../bridge/web/hooks.ts';
import {
  clientId,
  createGraphStandIn,
  type GraphStandInOptions,
  tenantId,
} from '../../simulator/graph/stand-in.ts';
import { createFakeClock, type FakeClock } from '../fake-clock.ts';
import { watchQuiet } from '../quiet.ts';

export interface GraphWorld {
  clock: FakeClock;
  side: GraphSide;
  board: Board;
  /** What was logged, oldest first. */
  lines: string[];
  rosters: Roster[];
  gaps: number[];
  /** Who chose another presence in Teams than was written. */
  outdone: string[];
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
  /** Lets time pass; all that each timer set off is done before the next one. */
  run(ms: number): Promise<void>;
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

/** Between two polls of a device code, as Entra wants it; no other timer of this process is as long. */
const devicePollMs = 5_000;

const threePeople = `people:
  - { id: alice, user: alice@contoso.com }
  - { id: bob, user: bob@contoso.com }
  - { id: carol, user: carol@contoso.com }`;

export async function createGraphWorld(options: GraphWorldOptions = {}): Promise<GraphWorld> {
  const quiet = watchQuiet();
  const clock = ownTime(createFakeClock(undefined, quiet.settled));
  const folder = mkdtempSync(join(tmpdir(), 'doorlight-graph-'));
  const standIn = createGraphStandIn({
    clock,
    port: 0,
    controlPort: 0,
    dataDir: folder,
    autoApprove: true,
    deviceInterval: devicePollMs / 1000,
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
  const store = openStore(folder);
  const board = createBoard({ clock, people: [], staleAfterMs: config.source.staleAfterSeconds * 1000 });
  const rosters: Roster[] = [];
  const gaps: number[] = [];
  const outdone: string[] = [];
  const hookCounters = { accepted: 0, malformed: 0, tooLarge: 0 };
  let side: GraphSide | undefined;
  const hooks = createHooks({
    host: '127.0.0.1',
    port: 0,
    addRoutes: (app) =>
      addNotificationRoutes(
        app,
        {
          notifications: (body) => side?.sink.notifications(body),
          lifecycle: (body) => side?.sink.lifecycle(body),
        },
        hookCounters,
      ),
  });
  const hooksUrl = await hooks.start();

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
      onOutdone: (person) => void outdone.push(person),
      onGap(ms) {
        gaps.push(ms);
        board.age(ms);
      },
      ...(options.keyLifeMs ? { keyLifeMs: options.keyLifeMs } : {}),
    });
    board.setPeople(next.roster().people.map((person) => person.id));
    next.start();
    return next;
  }
  side = await startSide();

  async function control(method: string, path: string, body?: object): Promise<unknown> {
    const answer = await fetch(`${controlUrl}${path}`, {
      method,
      ...(body ? { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) } : {}),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer.status === 204 ? undefined : await answer.json();
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
    outdone,
    controlUrl,
    hooksUrl,
    hookCounters,
    folder,
    requests: quiet.requests,
    control,
    fault: (fault) => control('POST', '/faults', fault),
    mend: () => control('DELETE', '/faults'),
    setPresence: (user, activity, more = {}) =>
      control('PUT', `/users/${user}/presence`, { availability: activity, ...more }),
    status: (person) => board.get(person)?.status ?? 'nobody',
    run: clock.advance,
    async runUntil(check, limitMs, stepMs = 500) {
      for (let passed = 0; passed <= limitMs; passed += stepMs) {
        if (check()) return passed;
        await clock.advance(stepMs);
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
      await side!.stop();
      board.stop();
      await hooks.stop();
      await standIn.stop();
      quiet.stop();
      vi.unstubAllGlobals();
      vi.useRealTimers();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  const allGood = () => side!.accounts.states().every((state) => state.status === 'ok' && state.tenantId);
  if (options.signedIn !== false) await world.runUntil(allGood, 60_000, 5);
  return world;
}

/** Gives the test's time to those who ask for none: MSAL and jose read the wall clock, MSAL waits between two polls. */
function ownTime(clock: FakeClock): FakeClock {
  vi.useFakeTimers({ toFake: ['Date'], now: clock.now() });
  const waitReally: (run: () => void, ms?: number, ...rest: unknown[]) => unknown = globalThis.setTimeout;
  const wait = (run: () => void, ms?: number, ...rest: unknown[]) =>
    ms === devicePollMs && rest.length === 0 ? clock.after(ms, run) : waitReally(run, ms, ...rest);
  vi.stubGlobal('setTimeout', wait);
  const setDate = () => vi.setSystemTime(clock.now());
  return {
    ...clock,
    after: (ms, run) =>
      clock.after(ms, () => {
        setDate();
        run();
      }),
    async advance(ms) {
      await clock.advance(ms);
      setDate();
    },
    jump(ms) {
      clock.jump(ms);
      setDate();
    },
  };
}
