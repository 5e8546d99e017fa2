import type { Duplex } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { openSerialPort } from '../../bridge/lights/serial/open.ts';
import { type FlashStep, flashBoard, type OpenPort } from '../../bridge/provision/flash.ts';
import { systemClock } from '../../protocol/clock.ts';
import { createFakeBoard, type FakeBoard } from './fake-board.ts';
import { startPtyBoard, whyNoPty } from './pty-board.ts';

const app = Buffer.from(
  Array.from({ length: 3500 }, (_, at) => String.fromCharCode(32 + ((at * 7 + (at >> 6)) % 95))).join(''),
);
const settings = Buffer.from(JSON.stringify({ id: 'door-alice', ssid: 'Büro "2"\\', key: 'k' }));

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

function flash(
  open: OpenPort,
  options: { path?: string; bytes?: Buffer; onStep?: (step: FlashStep) => void } = {},
) {
  return flashBoard({
    path: options.path ?? '/dev/fake',
    open,
    clock: systemClock,
    force: options.path !== undefined,
    files: [{ name: 'app.a', bytes: options.bytes ?? app }],
    starters: [{ name: '.bootcde', bytes: Buffer.from('start()') }],
    settings: () => Promise.resolve({ name: 'settings', bytes: settings }),
    onStep: options.onStep ?? (() => {}),
  });
}

function expectWhole(board: FakeBoard): void {
  expect(board.text('app.a')).toBe(app.toString('latin1'));
  expect(board.text('settings')).toBe(settings.toString('latin1'));
}

describe('flashing a board', () => {
  it('puts every byte of the files on it, and restarts it', async () => {
    const board = createFakeBoard();
    const steps: FlashStep[] = [];
    const found = await flash(board.open, { onStep: (step) => steps.push(step) });
    expect(found).toEqual({ board: 'ESP32', version: '2v29', free: 3400 });
    expectWhole(board);
    expect(board.reboots).toBe(1);
    expect(board.longestBurst).toBeLessThanOrEqual(64);
    expect([...board.files.keys()]).toEqual(['app.a', 'settings', '.bootcde']);
    expect(steps.map(({ step }) => step).filter((step, at, all) => step !== all[at - 1])).toEqual([
      'connect',
      'identified',
      'upload',
      'settings',
      'upload',
      'restart',
    ]);
    expect(steps.filter(({ step }) => step === 'upload').at(-1)).toMatchObject({ done: 3507, total: 3507 });
  });

  it('leaves a file alone that is there already', async () => {
    const board = createFakeBoard();
    await flash(board.open);
    const before = board.files.get('app.a');
    await flash(board.open);
    expect(board.files.get('app.a')).toBe(before);
  });

  it('replaces a file that is another, or was half written', async () => {
    const board = createFakeBoard();
    await flash(board.open, { bytes: Buffer.from(app).fill(0x41, 2000) });
    await flash(board.open);
    expectWhole(board);
  });

  it('is done again after it was cut off at any byte', async () => {
    for (let cut = 1; cut < 4000; cut += 491) {
      const board = createFakeBoard();
      board.cutAfter = cut;
      await expect(flash(board.open)).rejects.toThrow(/plug was pulled/);
      board.cutAfter = Number.POSITIVE_INFINITY;
      await flash(board.open);
      expectWhole(board);
    }
  });

  it('gets the file across a line that loses bytes', async () => {
    const board = createFakeBoard({ random: seeded(7) });
    board.loss = 1 / 2000;
    await flash(board.open);
    expectWhole(board);
  });
});

describe('a board that cannot become a lamp', () => {
  const refusal = async (board: FakeBoard) => {
    const error = await flash(board.open).catch((reason: Error) => reason);
    return (error as Error).message;
  };

  it('is told which Espruino it needs when its own is too old', async () => {
    const message = await refusal(createFakeBoard({ version: '2v25' }));
    expect(message).toMatch(/has Espruino 2v25, which is too old: a lamp needs 2v29/);
    expect(message).toContain('https://www.espruino.com/binaries/espruino_2v29_esp32/');
    expect(message).toMatch(/esptool --chip esp32 --port \/dev\/fake .* 0x1000 bootloader.bin 0x8000 /);
  });

  it('is refused when it is no ESP32, or has no room', async () => {
    expect(await refusal(createFakeBoard({ board: 'PUCKJS' }))).toMatch(/PUCKJS.*--force/);
    expect(await refusal(createFakeBoard({ bytes: 3000 }))).toMatch(/no room for 3500 bytes/);
  });
});

describe.skipIf(whyNoPty())(
  `the real interpreter on a pseudo-terminal (${whyNoPty() ?? 'it is here'})`,
  () => {
    it('takes the files, also after its cable and its power were cut at random', async () => {
      const board = await startPtyBoard();
      ends.push(board.stop);
      const run = (open: OpenPort, bytes: Buffer) => flash(open, { path: board.path, bytes });
      for (let round = 0; round < 4; round++) {
        const cut = 1 + Math.floor(Math.random() * 2_000);
        const bytes = Buffer.from(app.subarray(0, 1_500)).fill(round, 700, 800);
        await expect(run(cutAfter(cut), bytes), `cut after ${cut}`).rejects.toThrow(
          /is gone: plug the board in/,
        );
        if (round % 2) board.powerCycle();
      }
      const small = app.subarray(0, 1_500);
      expect(await run(openSerialPort, small)).toMatchObject({ board: 'LINUX' });
      expect(board.read('app.a')).toEqual(small);
      expect(board.read('settings')).toEqual(settings);
    });
  },
);

/** A real port that is pulled out after so many written bytes. */
function cutAfter(bytes: number): OpenPort {
  return (path, baudRate) => {
    const port = openSerialPort(path, baudRate) as Duplex & { close(): void };
    const write = port.write.bind(port) as (chunk: Buffer) => boolean;
    let left = bytes;
    port.write = ((chunk: Buffer) => {
      const part = chunk.subarray(0, left);
      left -= part.length;
      if (part.length > 0) write(part);
      if (part.length > 0 && left === 0) port.close();
      return true;
    }) as Duplex['write'];
    return port;
  };
}

/** The minimal standard generator of Park and Miller: the same losses in each run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 16_807) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
