/**
 * An update of many lamps, in waves: one, then a few, then the others; the first failure stops what has not begun.
 * Kept in the data directory, so that it goes on after a restart of the bridge.
 */
import { randomUUID } from 'node:crypto';
import { type Clock, sleep } from '../../protocol/clock.ts';
import type { LampUpdate, Rollout } from '../../protocol/updates.ts';
import { type Log, reasonOf } from '../log.ts';
import type { Store } from '../store.ts';
import { type LampDesk, LampError } from './lamp-desk.ts';
import { type App, expectKept, provenUpdate, updateLamp } from './update-lamp.ts';

const file = 'update.json';
/** How many lamps at once: the first wave, the second, every other. */
const waves = [1, 5, 20];
/** How long a lamp is looked for before it is left as it is: after a restart of the bridge, all dial anew. */
const lookMs = 60_000;
const lookEveryMs = 1_000;
/** A lamp that vanished in the middle, by a moment without Wi-Fi for example, gets another chance. */
const tries = 3;

export interface Updates {
  /** Goes on with what a stop has interrupted. */
  start(): void;
  /** Begins a rollout. @throws UpdateError when one is running */
  begin(lights: readonly string[], force: boolean): Rollout;
  /** Begins the rollout that goes with an update of the bridge itself: one for each version. */
  follow(lights: readonly string[]): void;
  /** The last rollout, running or not. */
  current(): Rollout | undefined;
  /** Lamps whose turn has not come stay as they are; true when there was something to stop. */
  cancel(): boolean;
  onChange(listener: (rollout: Rollout) => void): () => void;
  stop(): Promise<void>;
}

export class UpdateError extends Error {}

export function createUpdates(options: {
  desk: LampDesk;
  /** The version of `app`, which is read when it is needed. */
  version: string;
  app: () => App;
  clock: Clock;
  store: Store;
  log: Log;
  isOnline: (light: string) => boolean;
  /** The lamps that there are; one of a stored rollout may be gone. */
  isLamp: (light: string) => boolean;
}): Updates {
  const { desk, version, clock, store, log } = options;
  const stored = store.read<Rollout>(file, isRollout);
  let rollout = stored && { ...stored, lamps: stored.lamps.filter(({ light }) => options.isLamp(light)) };
  const listeners = new Set<(rollout: Rollout) => void>();
  const ended = new AbortController();
  let saving = Promise.resolve();

  function save(): void {
    const text = structuredClone(rollout);
    saving = saving
      .then(() => store.write(file, text))
      .catch((error: unknown) => log.warn(`The update's state cannot be kept: ${reasonOf(error)}`));
  }

  function changed(lamp: LampUpdate, news: Partial<LampUpdate>): void {
    const moved = news.state !== undefined && news.state !== lamp.state;
    Object.assign(lamp, news);
    // Of the bytes on their way nothing needs to be kept: an interrupted lamp begins anew.
    if (moved) save();
    for (const listener of listeners) listener(rollout!);
  }

  async function until(good: () => boolean, deadline: number): Promise<boolean> {
    while (!good() && clock.monotonic() < deadline && !ended.signal.aborted) {
      await sleep(clock, lookEveryMs, ended.signal);
    }
    return good();
  }

  async function run(of: Rollout, lamp: LampUpdate, app: App, lookUntil: number): Promise<void> {
    const { light } = lamp;
    // The restart of the bridge fell between the lamp's restart and its word, which may come at once.
    const word = lamp.state === 'proving' ? provenUpdate(desk, light) : undefined;
    if (!word && !(await until(() => options.isOnline(light), lookUntil))) {
      return changed(lamp, { state: 'skipped', error: 'It is offline.' });
    }
    try {
      if (word) await expectKept(desk, light, of.version, word);
      else {
        const { force } = of;
        await updateLamp({ desk, light, app, force, onEvent: (event) => changed(lamp, event) });
      }
      if (lamp.state !== 'skipped') changed(lamp, { state: 'done', error: null });
    } catch (error) {
      if (!(error instanceof LampError)) log.error(`Updating ${light}: ${reasonOf(error)}`);
      const again = error instanceof LampError && !error.refused && lamp.state !== 'proving';
      throw Object.assign(new Error(reasonOf(error)), { again });
    }
  }

  async function runWithTries(of: Rollout, lamp: LampUpdate, app: App, lookUntil: number): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await run(of, lamp, app, lookUntil);
      } catch (error) {
        // A bridge that stops has not seen a failure: the lamp's state stays for the next start.
        if (ended.signal.aborted) return;
        if ((error as { again: boolean }).again && attempt < tries) continue;
        log.warn(`The update stops: ${reasonOf(error)}`);
        changed(lamp, { state: 'failed', error: reasonOf(error) });
        finish(of, 'stopped');
        return;
      }
    }
  }

  function finish(of: Rollout, state: 'done' | 'stopped'): void {
    if (of.state !== 'running') return;
    of.state = state;
    save();
    for (const listener of listeners) listener(of);
  }

  async function go(of: Rollout, app: App): Promise<void> {
    const lookUntil = clock.monotonic() + lookMs;
    const runAll = (lamps: LampUpdate[]) =>
      Promise.all(lamps.map((lamp) => runWithTries(of, lamp, app, lookUntil)));
    // What a stop had interrupted comes first.
    const pending = of.lamps.filter(({ state }) => state === 'sending' || state === 'proving');
    await runAll(pending);
    let proven = pending.length > 0;
    for (let wave = proven ? 1 : 0; of.state === 'running' && !ended.signal.aborted; ) {
      const waiting = of.lamps.filter(({ state }) => state === 'waiting');
      if (waiting.length === 0) return finish(of, 'done');
      const isThere = ({ light }: LampUpdate) => options.isOnline(light);
      await until(() => waiting.some(isThere), lookUntil);
      const next = [...waiting].sort((one, other) => Number(isThere(other)) - Number(isThere(one)));
      const lamps = next.slice(0, next.some(isThere) ? waves[wave] : next.length);
      await runAll(lamps);
      // Somebody who was left alone has not shown that the app is good.
      proven ||= lamps.some(({ state }) => state === 'done');
      if (proven) wave = Math.min(wave + 1, waves.length - 1);
    }
  }

  function launch(of: Rollout, app: App): void {
    go(of, app).catch((error: unknown) => log.error(`The update has stopped: ${reasonOf(error)}`));
  }

  function begin(lights: readonly string[], force: boolean): Rollout {
    if (rollout?.state === 'running') {
      throw new UpdateError('An update is running: wait for its end, or stop it first.');
    }
    const app = options.app();
    rollout = {
      id: randomUUID(),
      version,
      bytes: app.text.length,
      force,
      startedAt: new Date(clock.now()).toISOString(),
      state: 'running',
      lamps: lights.map((light) => ({ light, state: 'waiting', sent: 0, from: null, error: null })),
    };
    save();
    launch(rollout, app);
    return rollout;
  }

  return {
    current: () => rollout,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    start() {
      if (rollout?.state !== 'running') return;
      if (rollout.version === version) return launch(rollout, options.app());
      // The bridge itself was updated meanwhile: its lamps are to have the app that came with it.
      finish(rollout, 'stopped');
    },
    begin,
    follow(lights) {
      if (rollout?.version !== version && lights.length > 0) begin(lights, false);
    },
    cancel() {
      if (rollout?.state !== 'running') return false;
      finish(rollout, 'stopped');
      return true;
    },
    async stop() {
      ended.abort();
      await saving;
    },
  };
}

function isRollout(value: Rollout): boolean {
  const texts = [value?.id, value?.version, value?.startedAt, value?.state];
  return (
    texts.every((text) => typeof text === 'string') &&
    Array.isArray(value.lamps) &&
    value.lamps.every((lamp) => typeof lamp?.light === 'string' && typeof lamp.state === 'string')
  );
}
