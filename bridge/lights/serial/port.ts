/**
 * One port, well kept: opened when its device is there and again when it returns, the newest show wins, nothing queues
 * up, and what is wrong is said once. HID devices are kept by it, too; the stream behind it is another one.
 */
import { type Clock, every, sleep } from '../../../protocol/clock.ts';
import { type Log, reasonOf } from '../../log.ts';
import type { UsbStream } from '../usb/bus.ts';
import { faultOf } from '../usb/fault.ts';
import type { Found } from '../usb/find.ts';
import type { Burst } from './protocol.ts';

/** A look at the path costs microseconds; a change of its folder is heard of besides. */
const lookEveryMs = 1_000;
/** udev makes the node first and gives it to its group a moment later. */
const settleMs = 50;
/** Between two tries on a port that is there and does not open. */
const longestRetryMs = 2_000;
const openMs = 10_000;
/** A device that takes nothing for so long is frozen. */
const writeMs = 3_000;
/** How long a stop waits for the last bytes. */
const drainMs = 1_000;
/** So many losses, each within a minute of being left in peace by the last, are a bad cable: then it is left alone for a while. */
const flapping = { losses: 4, calmMs: 60_000, firstMs: 5_000, longestMs: 30_000 };
/** No light says more than this in a second; what a flooding device says beyond it stays in the kernel. */
const mostHeard = 32 * 1024;
const mostExtras = 16;

type Place = Extract<Found, { at: string }>;

export interface KeptPort {
  start(): void;
  /** Open, and past the boot of the board behind it. */
  isOpen(): boolean;
  /** Sends these bytes as soon as the port takes them; bytes that still wait are replaced, not followed. */
  write(bytes: Buffer): void;
  /** Sends these before the next show, in order; at most a few wait. */
  also(bytes: Buffer): void;
  /** Sends these when nothing else waits, so that what is asked is asked of the newest show. */
  ask(bytes: Buffer): void;
  /** Sends the last messages, waits a moment for them, and closes. */
  stop(last: readonly Buffer[]): Promise<void>;
}

export function createKeptPort(options: {
  light: string;
  /** As the configuration names it. */
  device: string;
  find: () => Found;
  /** What `plugged` of a place is now. */
  plugged: (at: string) => string | undefined;
  watch: (run: () => void) => () => void;
  /** @throws what keeps it from being opened */
  open: (place: Place) => UsbStream;
  /** How long a board is left alone after opening, in milliseconds. */
  bootMs: () => number;
  /** What the device takes at once, when it is little. */
  burst: () => Burst | undefined;
  clock: Clock;
  log: Log;
  onOpen: () => void;
  onLost: () => void;
  onData: (bytes: Buffer) => void;
}): KeptPort {
  const { light, device, clock, log } = options;
  let stream: UsbStream | undefined;
  let place: Place | undefined;
  let ready = false;
  /** The message on the wire; nothing may come in the middle of it. */
  let sending: Promise<void> | undefined;
  let next: Buffer | undefined;
  let question: Buffer | undefined;
  const extras: Buffer[] = [];
  let failures = 0;
  let notBefore = 0;
  let losses = 0;
  let calmAt = 0;
  let reported = '';
  let hinted = false;
  let stopped = true;
  let cancelSettle: (() => void) | undefined;
  let cancelLook = () => {};
  let cancelWatch = () => {};
  let cancelStep = () => {};
  let cancelResume = () => {};
  let cancelCalm = () => {};
  let heard = { since: 0, bytes: 0 };

  function look(): void {
    if (stopped) return;
    if (place) {
      if (options.plugged(place.at) !== place.plugged) lost('is gone');
      return;
    }
    const found = options.find();
    if ('missing' in found) {
      failures = 0;
      if (losses < flapping.losses) notBefore = 0;
      trouble('is not there: plug it in');
    } else if ('refused' in found) trouble(found.refused);
    else if (clock.monotonic() >= notBefore) open(found);
  }

  function soon(): void {
    cancelSettle ??= clock.after(settleMs, () => {
      cancelSettle = undefined;
      look();
    });
  }

  function open(at: Place): void {
    if (at.hint && !hinted) {
      hinted = true;
      log.warn(`Light ${light}: ${at.hint}.`);
    }
    let opened: UsbStream;
    try {
      opened = options.open(at);
    } catch (error) {
      failed(error, at);
      return;
    }
    stream = opened;
    place = at;
    cancelStep = clock.after(openMs, () => lost('does not open: plug it out and in'));
    opened.once('open', () => {
      if (opened !== stream) return;
      cancelStep();
      const bootMs = options.bootMs();
      if (bootMs === 0) begin();
      else cancelStep = clock.after(bootMs, begin);
    });
    opened.on('error', (error: Error) => ended(opened, error));
    opened.once('close', () => ended(opened));
    opened.on('data', (bytes: Buffer) => hear(opened, bytes));
  }

  function begin(): void {
    ready = true;
    failures = 0;
    // One that comes and goes is back when it has stayed.
    if (losses < flapping.losses) back();
    else cancelCalm = clock.after(flapping.calmMs, back);
    options.onOpen();
  }

  function back(): void {
    if (reported) log.info(`Light ${light}: ${device} is back.`);
    reported = '';
  }

  function ended(which: UsbStream, error?: Error): void {
    if (which !== stream) return;
    if (ready || !error) lost(error ? `is lost (${reasonOf(error)})` : 'is gone');
    else {
      const at = place!;
      drop();
      failed(error, at);
    }
  }

  /** It is there, but does not open. A node that has just come may not yet be ours: only the second time is told. */
  function failed(error: unknown, at: Place): void {
    failures++;
    notBefore = clock.monotonic() + Math.min(longestRetryMs, failures * lookEveryMs) - settleMs;
    if (failures > 1) trouble(faultOf(error, at.at));
  }

  function lost(reason: string): void {
    const wasReady = ready;
    drop();
    const now = clock.monotonic();
    losses = now < calmAt ? losses + 1 : 1;
    const over = losses - flapping.losses;
    const ms = over < 0 ? 0 : Math.min(flapping.longestMs, flapping.firstMs * 2 ** over);
    notBefore = now + ms;
    calmAt = notBefore + flapping.calmMs;
    if (over < 0) trouble(`${reason}: waiting for it`);
    else {
      const alone = `it is left alone for ${ms / 1_000} s`;
      trouble(`comes and goes (${reason}): look at its cable and power; ${alone}`);
    }
    if (wasReady && !stopped) options.onLost();
    // It may have been replaced already.
    soon();
  }

  function drop(): void {
    const which = stream;
    stream = undefined;
    place = undefined;
    ready = false;
    sending = undefined;
    next = undefined;
    question = undefined;
    extras.length = 0;
    cancelStep();
    cancelResume();
    cancelCalm();
    which?.on('error', () => {});
    which?.destroy();
  }

  function trouble(what: string): void {
    if (what === reported || stopped) return;
    reported = what;
    log.warn(`Light ${light}: ${device} ${what}.`);
  }

  function hear(which: UsbStream, bytes: Buffer): void {
    const now = clock.monotonic();
    if (now - heard.since >= 1_000) heard = { since: now, bytes: 0 };
    heard.bytes += bytes.length;
    if (heard.bytes > mostHeard) {
      which.pause();
      cancelResume = clock.after(1_000, () => which.resume());
      trouble(
        'sends far more than a light does, and is heard only now and then: is it another kind of device?',
      );
      return;
    }
    if (ready) options.onData(bytes);
  }

  function flush(): void {
    if (!ready || sending || !stream) return;
    const bytes = extras.shift() ?? next ?? question;
    if (!bytes) return;
    if (bytes === next) next = undefined;
    else if (bytes === question) question = undefined;
    const target = stream;
    const cancel = clock.after(writeMs, () => target === stream && lost('takes nothing any more'));
    sending = put(target, bytes).then(() => {
      cancel();
      if (target !== stream) return;
      sending = undefined;
      flush();
    });
  }

  /** Writes a message, in pieces that the device can swallow. */
  async function put(target: UsbStream, bytes: Buffer): Promise<void> {
    const burst = options.burst() ?? { bytes: bytes.length, pauseMs: 0 };
    for (let at = 0; at < bytes.length; at += burst.bytes) {
      if (at > 0) await sleep(clock, burst.pauseMs);
      await new Promise<void>((done) => target.write(bytes.subarray(at, at + burst.bytes), () => done()));
    }
    if (options.burst()) await sleep(clock, burst.pauseMs);
  }

  return {
    start() {
      stopped = false;
      cancelWatch = options.watch(soon);
      cancelLook = every(clock, lookEveryMs, look);
      look();
    },
    isOpen: () => ready,
    write(bytes) {
      next = bytes;
      flush();
    },
    also(bytes) {
      if (extras.length < mostExtras) extras.push(bytes);
      flush();
    },
    ask(bytes) {
      question = bytes;
      flush();
    },
    async stop(last) {
      stopped = true;
      cancelLook();
      cancelWatch();
      cancelSettle?.();
      // Nothing may follow the last words; what a device needs before it understands them goes first.
      next = undefined;
      const all = [...extras.splice(0), ...last];
      const target = stream;
      if (target && ready) {
        const deadline = new Promise<void>((resolve) => {
          cancelStep = clock.after(drainMs, resolve);
        });
        const told = (async () => {
          await sending;
          for (const bytes of all) await put(target, bytes);
        })();
        const gone = new Promise<void>((resolve) => target.once('close', () => resolve()));
        await Promise.race([told, gone, deadline]);
      }
      drop();
    },
  };
}
