/** A light on USB: what it must show, drawn here or left to the device, through the protocol and a kept port. */
import { type Clock, every } from '../../../protocol/clock.ts';
import { isMoving, renderShow } from '../../../protocol/effect.ts';
import type { LightState, Show } from '../../../protocol/show.ts';
import type { Status } from '../../../protocol/status.ts';
import type { Log } from '../../log.ts';
import type { HidProtocol } from '../hid/protocol.ts';
import { createIdentify } from '../identify.ts';
import type { Light, LightTopics } from '../light.ts';
import { stateSaid } from '../said.ts';
import { createLines } from '../serial/lines.ts';
import { createKeptPort } from '../serial/port.ts';
import { type SerialProtocol, wireMs } from '../serial/protocol.ts';
import { createAnswers } from './answers.ts';
import type { UsbBus } from './bus.ts';
import { chooseProtocol, type UsbLightConfig } from './choose.ts';
import type { Found } from './find.ts';
import { claimsFor } from './inventory.ts';
import { lastLook, lastWords } from './last-words.ts';

/** A timer of the device's own that runs once only is started anew at each third beat, which is each 30 s. */
const disarmEvery = 3;
const disarmedMs = 500;
/** A device that answers is asked so often. */
const askEveryMs = 30_000;
/** Nothing goes on being said for a bridge whose director has fallen silent; its beat comes each 10 s. */
const beatMs = 40_000;
const usualLongestLine = 256;

export function createUsbLight(options: {
  config: UsbLightConfig;
  bus: UsbBus;
  topics: LightTopics;
  clock: Clock;
  log: Log;
  onReport: (light: string) => void;
}): Light {
  const { config, bus, topics, clock, log } = options;
  const { id, device } = config;
  let protocol: SerialProtocol | HidProtocol | undefined;
  let pixels = new Uint8Array(0);
  let wanted: { show: Show; stands: Status | undefined; colorBlind: boolean } | undefined;
  let sent: Buffer | undefined;
  let beats = 0;
  let lastBeat = 0;
  const told = new Set<string>();
  let stopFrames = () => {};
  let stopRestating = () => {};
  let stopAsking = () => {};
  let cancelRearm = () => {};
  let hear = (_bytes: Buffer) => {};

  const identify = createIdentify(clock, () => {
    draw();
    tell();
  });
  const answers = createAnswers({
    clock,
    protocol: () => protocol,
    shown: () => shown()?.show,
    ask: (bytes) => port.ask(bytes),
    restate,
    begins: (sentence) => log.warn(`Light ${id}: ${device} ${sentence}`),
    ends: (sentence) => log.info(`Light ${id}: ${device} ${sentence}.`),
    onHeard: () => tell(),
    onOther: () => draw(),
  });
  const port = createKeptPort({
    light: id,
    device,
    find,
    plugged: bus.plugged,
    watch: (run) => bus.watch(device, run),
    open: ({ at }) => bus.open(at, protocol!, once),
    burst: () => (protocol && 'line' in protocol ? protocol.burst : undefined),
    bootMs: () => (protocol && 'line' in protocol ? (protocol.bootMs ?? 0) : 0),
    clock,
    log,
    onOpen: opened,
    onLost: lost,
    onData: (bytes) => hear(bytes),
  });

  /** Where it is, and which protocol it speaks: known only when it is plugged in. */
  function find(): Found {
    const found = bus.find(device, config.kind, claimsFor(config));
    if (!('at' in found)) return found;
    const chosen = chooseProtocol(config, found.device);
    if ('refused' in chosen) return chosen;
    protocol = chosen.protocol;
    pixels = new Uint8Array(protocol.leds * 3);
    return found;
  }

  /** Said once in a light's life: what fails each time and does not matter. */
  function once(message: string): void {
    if (told.has(message)) return;
    told.add(message);
    log.info(`Light ${id}: ${device}: ${message}.`);
  }

  function opened(): void {
    const { greet = [], keepAlive, restateMs, ask, longestLine = usualLongestLine } = protocol!;
    answers.forget();
    sent = undefined;
    lastBeat = clock.monotonic();
    hear = createLines(longestLine, answers.hear);
    for (const bytes of greet) port.also(bytes);
    if (keepAlive) port.also(keepAlive);
    draw();
    if (Number.isFinite(restateMs)) stopRestating = every(clock, restateMs, restate);
    if (ask) {
      answers.question();
      stopAsking = every(clock, askEveryMs, answers.question);
    }
    tell();
  }

  function lost(): void {
    stopFrames();
    stopRestating();
    stopAsking();
    answers.forget();
    cancelRearm();
    tell();
  }

  /** What is shown now, within what the light can show. */
  function shown(): { show: Show; stands: Status | undefined } | undefined {
    const over = identify.over(wanted?.show);
    if (!over) return undefined;
    const stands = over === wanted?.show ? wanted.stands : undefined;
    return { show: protocol?.within?.(over, stands, wanted?.colorBlind) ?? over, stands };
  }

  /** Shows it now, and goes on drawing only while the picture moves and the device cannot move it. */
  function draw(): void {
    stopFrames();
    stopFrames = () => {};
    const now = shown();
    if (!now || !protocol || !port.isOpen()) return;
    const whole = protocol.whole?.(now.show, now.stands);
    if (whole) send(whole);
    else frame();
    if (whole || !isMoving(now.show)) return;
    const wire = 'line' in protocol ? wireMs(sent?.length ?? 0, protocol) : 0;
    stopFrames = every(clock, Math.max(protocol.frameMs, wire), frame);
  }

  function frame(): void {
    const now = shown();
    if (!now || !protocol) return;
    renderShow(now.show, clock.now(), pixels);
    send(protocol.frame(pixels, now.show, now.stands));
  }

  function send(bytes: Buffer): void {
    if (sent?.equals(bytes)) return;
    sent = bytes;
    write(bytes);
    if (answers.error() === 'differs') answers.question();
  }

  /** The device may have restarted without leaving the bus. */
  function restate(): void {
    if (sent && clock.monotonic() - lastBeat < beatMs) write(sent);
  }

  function write(bytes: Buffer): void {
    answers.wrote();
    port.write(bytes);
  }

  /** The bridge speaks for a light that cannot: what was sent is what it shows. */
  function tell(): void {
    topics.hosted(id, 'availability', port.isOpen() ? 'online' : 'offline');
    const state = stateOf();
    if (port.isOpen() && state) topics.hosted(id, 'state', JSON.stringify(state));
    options.onReport(id);
  }

  function stateOf(): LightState | null {
    const now = shown();
    if (!now) return null;
    const error = answers.error();
    if (error === 'differs') return stateSaid(now.show, answers.said(), error);
    return { override: null, ...now.show, ...(error ? { error } : {}) };
  }

  return {
    id,
    start: () => port.start(),
    show(show, stands, colorBlind = false) {
      wanted = { show, stands, colorBlind };
      draw();
      tell();
    },
    beat() {
      lastBeat = clock.monotonic();
      if (!protocol || !port.isOpen()) return;
      if (protocol.keepAlive) port.also(protocol.keepAlive);
      if (!protocol.disarm || !sent || ++beats % disarmEvery !== 0) return;
      port.also(protocol.disarm);
      cancelRearm = clock.after(disarmedMs, restate);
    },
    identify: identify.start,
    report: () => ({ online: port.isOpen(), state: stateOf() }),
    async stop() {
      identify.stop();
      stopFrames();
      stopRestating();
      stopAsking();
      answers.forget();
      cancelRearm();
      const wasOpen = port.isOpen();
      await port.stop(protocol ? lastWords(protocol, config) : []);
      if (protocol && wasOpen) {
        topics.hosted(id, 'state', JSON.stringify({ override: null, ...lastLook(protocol, config).show }));
      }
      topics.hosted(id, 'availability', 'offline');
    },
  };
}
