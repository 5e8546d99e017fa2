/** What the lamp shows, and why: a status only while the bridge has just confirmed it, else `unknown`. */
import type { LightState, Rgb, Show } from '../protocol/show.ts';
import { topicsBelow } from '../protocol/topics.ts';
import type { Mqtt } from './mqtt.ts';
import type { Settings } from './settings.ts';
import { parseShow } from './show.ts';
import type { createStrip } from './strip.ts';
import { cancel } from './timing.ts';
import type { createWifi } from './wifi.ts';

function on(color: Rgb, effect: 'breathe' | 'identify'): Show {
  return { state: 'ON', color_mode: 'rgb', color, brightness: 255, effect };
}

/** The default look of the status `unknown`. */
export const unknown = on({ r: 0x20, g: 0x40, b: 0xff }, 'breathe');
const identify = on({ r: 255, g: 255, b: 255 }, 'identify');

/** Only the names that a lamp uses: each of the others would take memory for as long as it runs. */
function topicsOf(settings: Settings) {
  const all = topicsBelow(settings.baseTopic);
  return {
    bridgeState: all.bridgeState,
    bridgeAlive: all.bridgeAlive,
    show: all.light(settings.id, 'show'),
    identify: all.light(settings.id, 'identify'),
    state: all.light(settings.id, 'state'),
    availability: all.light(settings.id, 'availability'),
  };
}

export function createLamp(
  settings: Settings,
  strip: ReturnType<typeof createStrip>,
  wifi: ReturnType<typeof createWifi>,
) {
  const topics = topicsOf(settings);
  const startedAt = getTime();
  let shown = unknown;
  let wanted: Show | undefined;
  let bridgeOnline = false;
  let error: string | undefined;
  let link: Mqtt | undefined;
  let aliveTimer: number | undefined;
  let identifyTimer: number | undefined;

  function publishState(): void {
    if (!link) return;
    const self: Partial<LightState> = {
      override: shown.override || null,
      fw: FIRMWARE_VERSION,
      board: process.env.BOARD,
      espruino: process.env.VERSION,
      uptime: (getTime() - startedAt) | 0,
      free: process.memory().free,
      error: error || null,
    };
    const ip = wifi.ip();
    if (ip) self.ip = ip;
    const rssi = wifi.rssi();
    if (rssi) self.rssi = rssi;
    const state: LightState = Object.assign({}, shown, self);
    link.publish(topics.state, JSON.stringify(state));
  }

  /** Shows what is right now; an identify stands above all, for whoever asked is looking at the lamp. */
  function update(): void {
    const confirmed = link && aliveTimer && bridgeOnline ? wanted : undefined;
    const next = identifyTimer ? identify : confirmed || unknown;
    if (next === shown) return;
    shown = next;
    strip.show(shown);
    publishState();
  }

  function report(problem: string | undefined): void {
    if (problem) print(problem);
    if (problem === error) return;
    error = problem;
    publishState();
  }

  function silent(): void {
    aliveTimer = undefined;
    update();
  }

  function stopIdentify(): void {
    identifyTimer = undefined;
    update();
  }

  function takeShow(payload: string): void {
    const show = parseShow(payload);
    if (typeof show === 'string') {
      report(show);
      return;
    }
    wanted = show;
    // The state that goes with the new show carries this, too.
    if (error) report(undefined);
    update();
  }

  return {
    /** What to subscribe to. */
    topics: [topics.bridgeState, topics.bridgeAlive, topics.show, topics.identify],
    willTopic: topics.availability,

    /** The broker is there: says so, and what the lamp shows. */
    connected(mqtt: Mqtt): void {
      link = mqtt;
      mqtt.publish(topics.availability, 'online');
      publishState();
      // A broker may send what it retains before it grants the subscription.
      update();
    },

    /** The broker is gone: nothing that it said counts any longer. */
    disconnected(): void {
      link = undefined;
      bridgeOnline = false;
      cancel(aliveTimer);
      silent();
    },

    message(topic: string, payload: string): void {
      if (topic === topics.show) {
        takeShow(payload);
      } else if (topic === topics.bridgeAlive) {
        cancel(aliveTimer);
        aliveTimer = setTimeout(silent, settings.timing.alive);
        update();
      } else if (topic === topics.bridgeState) {
        bridgeOnline = payload === 'online';
        update();
      } else if (topic === topics.identify) {
        cancel(identifyTimer);
        identifyTimer = setTimeout(stopIdentify, settings.timing.identify);
        update();
      }
    },

    oversize(topic: string): void {
      report('message too long: ' + topic);
    },
  };
}
