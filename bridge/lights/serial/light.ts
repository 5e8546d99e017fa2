/** A light on a serial port: effects are rendered here, and every frame goes out through the protocol's encoder. */
import { type Clock, every } from '../../../protocol/clock.ts';
import { isMoving, renderShow } from '../../../protocol/effect.ts';
import type { LightState, Show } from '../../../protocol/show.ts';
import type { SerialLightConfig } from '../../config/schema.ts';
import type { Log } from '../../log.ts';
import { createIdentify } from '../identify.ts';
import type { Light, LightTopics } from '../light.ts';
import { fitStatusb } from './fit-statusb.ts';
import { createKeptPort, type OpenSerial } from './port.ts';

/** One protocol: a pure encoder from RGB bytes to what goes over the wire. */
export interface SerialProtocol {
  baudRate: number;
  leds: number;
  encode(pixels: Uint8Array): Buffer;
}

const protocols: Record<SerialLightConfig['protocol'], SerialProtocol> = { 'fit-statusb': fitStatusb };

const frameMs = 50;

export function createSerialLight(options: {
  id: string;
  device: string;
  protocol: SerialLightConfig['protocol'];
  openSerial: OpenSerial;
  topics: LightTopics;
  clock: Clock;
  log: Log;
  onReport: (light: string) => void;
}): Light {
  const { id, clock, topics } = options;
  const protocol = protocols[options.protocol];
  const pixels = new Uint8Array(protocol.leds * 3);
  let wanted: Show | undefined;
  const identify = createIdentify(clock, () => {
    draw();
    tell();
  });
  let sent = '';
  let stopFrames: (() => void) | undefined;

  const port = createKeptPort({
    light: id,
    path: options.device,
    baudRate: protocol.baudRate,
    open: options.openSerial,
    clock,
    log: options.log,
    onOpen: () => {
      sent = '';
      draw();
      tell();
    },
    onLost: tell,
  });

  const shown = (): Show | undefined => identify.over(wanted);

  /** Draws now, and goes on drawing only while the picture moves. */
  function draw(): void {
    stopFrames?.();
    stopFrames = undefined;
    frame();
    const show = shown();
    if (show && isMoving(show)) stopFrames = every(clock, frameMs, frame);
  }

  function frame(): void {
    const show = shown();
    if (!show || !port.isOpen()) return;
    renderShow(show, clock.now(), pixels);
    const bytes = protocol.encode(pixels);
    const text = bytes.toString('latin1');
    if (text === sent) return;
    sent = text;
    port.write(bytes);
  }

  /** The bridge speaks for a light that cannot: what was sent is what it shows. */
  function tell(): void {
    topics.hosted(id, 'availability', port.isOpen() ? 'online' : 'offline');
    const show = shown();
    if (port.isOpen() && show) topics.hosted(id, 'state', JSON.stringify({ override: null, ...show }));
    options.onReport(id);
  }

  return {
    id,
    start: () => port.start(),
    show(show) {
      wanted = show;
      draw();
      tell();
    },
    identify: identify.start,
    report: () => ({ online: port.isOpen(), state: (shown() as LightState | undefined) ?? null }),
    async stop() {
      identify.stop();
      stopFrames?.();
      await port.stop(protocol.encode(new Uint8Array(protocol.leds * 3)));
      topics.hosted(id, 'availability', 'offline');
    },
  };
}
