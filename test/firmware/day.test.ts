import { expect, it } from 'vitest';
import { createLampHost } from '../../simulator/lamp/host.ts';
import { createFakeClock } from '../fake-clock.ts';
import { buildAll } from './built.ts';
import { createFakeBridge } from './fake-bridge.ts';
import { green, red } from './samples.ts';
import { id, key } from './test-bridge.ts';

const hour = 3_600_000;
const colors = { red: '255,0,0', green: '0,255,0' };

/** Numbers from 0 to 1 that are the same each time (Park and Miller's generator). */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}

/**
 * A day of a lamp's life, the same one for the same seed.
 * @returns how long it was wrong at a stretch at most, in ms, and whether it was of use meanwhile
 */
async function liveThrough(seed: number, timing: Record<string, number> = {}) {
  const { app, loader } = await buildAll();
  const clock = createFakeClock(Date.UTC(2026, 0, 1), () => Promise.resolve());
  const random = createRandom(seed);
  const bridge = createFakeBridge(clock);
  const air = new Map([['contoso', 'secret-word']]);
  const started = clock.now();
  let truth: keyof typeof colors = 'red';
  let wrongSince: number | undefined;
  let worst = 0;
  let shown = '';
  let rightFrames = 0;

  const host = createLampHost({
    firmware: app,
    loader,
    settings: {
      ...{ id, key, networks: [{ ssid: 'contoso', password: 'secret-word' }], bridge: '192.0.2.1' },
      ...{ leds: { count: 1, order: 'rgb', gamma: 1 }, timing },
    },
    clock,
    random,
    air,
    modules: bridge.modules,
    onPixels(rgb) {
      shown = rgb.join();
      judge();
    },
  });

  function judge(): void {
    const says = Object.values(colors).includes(shown);
    const wrong = says && shown !== colors[truth];
    if (says && !wrong) rightFrames++;
    if (!wrong) wrongSince = undefined;
    else {
      wrongSince ??= clock.now();
      worst = Math.max(worst, clock.now() - wrongSince);
    }
  }

  function change(): void {
    // Also of a lamp that draws nothing any more.
    judge();
    truth = truth === 'red' ? 'green' : 'red';
    bridge.set(truth === 'red' ? red : green);
    judge();
  }

  /** Each ends after a while, and is mended then. */
  const faults: Record<string, { begin(): void; mend(): void }> = {
    'the network is gone': {
      begin: () => {
        bridge.network = false;
      },
      mend: () => {
        bridge.network = true;
      },
    },
    'Wi-Fi is gone': {
      begin() {
        air.clear();
        bridge.network = false;
      },
      mend() {
        air.set('contoso', 'secret-word');
        bridge.network = true;
      },
    },
    'the broker is gone': {
      begin: () => bridge.stopBroker(),
      mend: () => {
        bridge.broker = true;
      },
    },
    'the bridge hangs': {
      begin: () => {
        bridge.alive = false;
      },
      mend: () => bridge.startBridge(),
    },
    'the bridge ends': {
      begin() {
        bridge.sayOffline();
        bridge.alive = false;
      },
      mend: () => bridge.startBridge(),
    },
    'half-open': { begin: () => bridge.muteConnections(), mend() {} },
    garbage: {
      begin: () =>
        bridge.sendBytes(String.fromCharCode(...Array.from({ length: 600 }, () => random() * 256))),
      mend() {},
    },
    'out of memory': { begin: () => host.exhaustMemory(), mend() {} },
    'the plug is pulled': {
      begin() {
        host.stop();
        // Dark is no wrong color.
        shown = '';
        judge();
      },
      mend: () => host.start(),
    },
    'the plug is pulled in the middle of a write': {
      begin() {
        host.stop();
        shown = '';
        host.pullPlugAtWrite(1);
        host.start();
      },
      mend: () => host.start(),
    },
  };

  const seen = new Set<string>();
  let trouble = 0;
  let back = 0;
  change();
  host.start();
  while (clock.now() - started < 24 * hour) {
    await clock.advance(30_000 + random() * 300_000);
    change();
    if (random() < 0.4) continue;
    const name = Object.keys(faults)[Math.floor(random() * Object.keys(faults).length)]!;
    seen.add(name);
    trouble++;
    faults[name]!.begin();
    change();
    await clock.advance(5_000 + random() * 120_000);
    change();
    await clock.advance(random() * 60_000);
    faults[name]!.mend();
    // Wi-Fi takes its time; from the address on it is 10 s.
    for (let s = 0; s < 60 && shown !== colors[truth]; s++) await clock.advance(1000);
    if (shown === colors[truth]) back++;
  }
  host.stop();

  return { worst, rightFrames, unused: Object.keys(faults).filter((name) => !seen.has(name)), trouble, back };
}

// Any other day: DAY_SEED=8.
const seed = Number(process.env['DAY_SEED'] ?? 7);

it(`shows no wrong color for more than 45 s in a day full of faults (${seed})`, {
  timeout: 120_000,
}, async () => {
  const day = await liveThrough(seed);
  expect(day.worst).toBeLessThanOrEqual(45_000);
  // And it was no lamp that simply knew nothing, and no day without trouble.
  expect(day.rightFrames).toBeGreaterThan(10 * 3600);
  expect(day.unused).toEqual([]);
  expect(day.back).toBe(day.trouble);
  expect(day.worst).toBeGreaterThan(1000);
});

it('finds a lamp that believes its last word for too long', { timeout: 120_000 }, async () => {
  const day = await liveThrough(seed, { alive: 300_000, keepAlive: 600_000 });
  expect(day.worst).toBeGreaterThan(45_000);
});
