/** What the lamp shows, and why: a status only while the bridge has just confirmed it, else `unknown`. */
import type { LightState, Rgb, Show } from '../protocol/show.ts';
import { createAdmin, prove, readBoot } from './admin.ts';
import type { Press } from './button.ts';
import { restart } from './files.ts';
import type { Mqtt } from './mqtt.ts';
import type { Settings } from './settings.ts';
import { parseShow } from './show.ts';
import { cancel } from './timing.ts';
import type { createWifi } from './wifi.ts';

function on(color: Rgb, effect: 'breathe' | 'identify'): Show {
  return { state: 'ON', color_mode: 'rgb', color, brightness: 255, effect };
}

/** The default look of the status `unknown`. */
export const unknown = on({ r: 0x20, g: 0x40, b: 0xff }, 'breathe');
const identify = on({ r: 255, g: 255, b: 255 }, 'identify');

export function createLamp(options: {
  settings: Settings;
  display: (show: Show) => void;
  wifi: ReturnType<typeof createWifi>;
  nextNonce: () => string;
  /** The text of the settings, while they are on trial. */
  trial: string | undefined;
  /** Why the lamp restarted itself, if it did. */
  lastRestart: string | undefined;
}) {
  const settings = options.settings;
  const fault = settings.fault;
  const alive = settings.timing.alive;
  const base = settings.file.baseTopic;
  const bridgeState = base + '/bridge/state';
  const bridgeAlive = base + '/bridge/alive';
  /** All that is the lamp's own starts so. */
  const own = base + '/lights/' + settings.file.id + '/';
  const startedAt = getTime();
  let shown = unknown;
  let wanted: Show | undefined;
  let bridgeOnline = false;
  let error = fault;
  let lastError = error;
  let link: Mqtt | undefined;
  let admin: ReturnType<typeof createAdmin> | undefined;
  let trial = options.trial;
  let proved = false;
  let aliveTimer: number | undefined;
  let cableTimer: number | undefined;
  let identifyTimer: number | undefined;

  function publish(what: string, payload: object, retain: boolean): void {
    if (link) link.publish(own + what, JSON.stringify(payload), retain);
  }

  function tell(result: object): void {
    publish('result', result, false);
  }

  function publishState(): void {
    const self: Partial<LightState> = {
      override: shown.override || null,
      fw: FIRMWARE_VERSION,
      board: process.env.BOARD,
      espruino: process.env.VERSION,
      slot: readBoot().slot,
      uptime: (getTime() - startedAt) | 0,
      free: process.memory().free,
      error: error || null,
      lastError: lastError || null,
      restart: options.lastRestart || 'power',
    };
    const ip = options.wifi.ip();
    if (ip) self.ip = ip;
    const rssi = options.wifi.rssi();
    if (rssi) self.rssi = rssi;
    const state: LightState = Object.assign({}, shown, self);
    publish('state', state, true);
  }

  /** Shows what is right now; an identify stands above all, for whoever asked is looking at the lamp. */
  function update(): void {
    const confirmed = cableTimer || (link && aliveTimer && bridgeOnline) ? wanted : undefined;
    const next = identifyTimer ? identify : confirmed || unknown;
    if (next === shown) return;
    shown = next;
    options.display(shown);
    if (link) publishState();
  }

  function report(problem: string): void {
    if (problem) {
      print(problem);
      lastError = problem;
    }
    if (problem === error) return;
    error = problem;
    if (link) publishState();
  }

  function silent(): void {
    aliveTimer = undefined;
    update();
  }

  function unplugged(): void {
    cableTimer = undefined;
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
    if (error) report(fault);
    update();
  }

  return {
    /** What to subscribe to. */
    topics: () =>
      [bridgeState, bridgeAlive].concat(['show', 'identify', 'config', 'update'].map((what) => own + what)),
    willTopic: own + 'availability',

    /** The broker is there: says so, and what the lamp shows. */
    connected(mqtt: Mqtt): void {
      link = mqtt;
      mqtt.publish(own + 'availability', 'online', true);
      publishState();
      // A broker may send what it retains before it grants the subscription.
      update();
    },

    /** The broker is gone: nothing that it said counts any longer. */
    disconnected(reason: string): void {
      link = undefined;
      // What was signed for this connection counts for no other.
      admin = undefined;
      lastError = reason;
      bridgeOnline = false;
      if (!cableTimer) wanted = undefined;
      cancel(aliveTimer);
      silent();
    },

    message(topic: string, payload: string): void {
      const what = topic.substr(own.length);
      if (topic === bridgeAlive) {
        cancel(aliveTimer);
        aliveTimer = setTimeout(silent, alive);
        update();
        if (!proved) {
          proved = true;
          prove(trial, options.lastRestart, tell);
          trial = undefined;
        }
      } else if (topic === bridgeState) {
        bridgeOnline = payload === 'online';
        update();
      } else if (what === 'show') {
        takeShow(payload);
      } else if (what === 'identify') {
        cancel(identifyTimer);
        identifyTimer = setTimeout(stopIdentify, settings.timing.identify);
        update();
      } else if (what === 'config' || what === 'update') {
        if (!admin) admin = createAdmin(settings.file.id, settings.file.key, options.nextNonce(), tell);
        admin(what, payload);
      }
    },

    oversize(topic: string): void {
      report('message too long: ' + topic);
    },

    report,

    /** A show by cable, good for as long as a sign of life of the bridge would be. */
    cable(payload: string): void {
      cancel(cableTimer);
      cableTimer = setTimeout(unplugged, alive);
      takeShow(payload);
    },

    press(press: Press): void {
      publish('button', { press: press }, false);
    },

    /** The time is up for settings on trial: the file still has the old ones. */
    giveUp(): void {
      if (trial) restart('config undone: ' + (lastError || 'no bridge'));
    },
  };
}
