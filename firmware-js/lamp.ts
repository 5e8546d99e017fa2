/** What the lamp shows, and why: a status only while the bridge has just confirmed it, else `unknown`. */
import type { LightState, Rgb, Show } from '../protocol/show.ts';
import { createAdmin, prove, readBoot } from './admin.ts';
import type { Press } from './button.ts';
import { restart } from './files.ts';
import type { Mqtt } from './mqtt.ts';
import type { Settings } from './settings.ts';
import { parseShow } from './show.ts';
import { cancel, followTime } from './timing.ts';
import type { createWifi } from './wifi.ts';

function on(color: Rgb, effect: 'breathe' | 'identify'): Show {
  return { state: 'ON', color_mode: 'rgb', color, brightness: 255, effect };
}

/** The default look of the status `unknown`. */
export const unknown = on({ r: 0x20, g: 0x40, b: 0xff }, 'breathe');

export function createLamp(options: {
  settings: Settings;
  display: (show: Show) => void;
  wifi: ReturnType<typeof createWifi>;
  nextNonce: () => string;
  /** The text of the settings, while they are on trial. */
  trial: string | undefined;
  /** Why the lamp restarted itself, if it did. */
  lastRestart: string | undefined;
  /** What is wrong and stays so until the lamp has other settings. */
  faults: string[];
}) {
  const settings = options.settings;
  const wifi = options.wifi;
  const base = settings.file.baseTopic;
  /** All that is the lamp's own starts so. */
  const own = base + '/lights/' + settings.file.id + '/';
  const startedAt = getTime();
  const boot = readBoot();
  /** What does not change while it runs, as the end of a state's text: to ask for it anew costs more than to keep it. */
  const fixed = JSON.stringify({
    fw: FIRMWARE_VERSION,
    board: process.env.BOARD,
    espruino: process.env.VERSION,
    slot: boot.slot,
    restart: options.lastRestart || 'power',
  }).substr(1);
  /** As its text, which is compared and said; what is drawn keeps the show itself. */
  let shown = JSON.stringify(unknown);
  let wanted: Show | undefined;
  let bridgeOnline = false;
  let error = '';
  let lastError = '';
  let link: Mqtt | undefined;
  let admin: ReturnType<typeof createAdmin> | undefined;
  let trial = options.trial;
  let proved = false;
  let aliveTimer: number | undefined;
  let cableTimer: number | undefined;
  let identifyTimer: number | undefined;
  /** Only while it is shown. */
  let identify: Show | undefined;

  function say(what: string, payload: object): void {
    if (link) link.publish(own + what, JSON.stringify(payload), false);
  }

  function tell(result: object): void {
    say('result', result);
  }

  function publishState(): void {
    const self: Partial<LightState> = {
      uptime: (getTime() - startedAt) | 0,
      free: process.memory(false).free,
      error: error || null,
      lastError: lastError || null,
      ip: wifi.ip() || null,
      rssi: wifi.rssi() || null,
    };
    if (shown.indexOf('"override"') < 0) self.override = null;
    const text = shown.slice(0, -1) + ',' + JSON.stringify(self).slice(1, -1) + ',' + fixed;
    if (link) link.publish(own + 'state', text, true);
  }

  /** Shows what is right now; an identify stands above all, for whoever asked is looking at the lamp. */
  function update(): void {
    const confirmed = cableTimer || (link && aliveTimer && bridgeOnline) ? wanted : undefined;
    const next = identify || confirmed || unknown;
    const text = JSON.stringify(next);
    // What comes again is neither drawn nor said again.
    if (text === shown) return;
    shown = text;
    options.display(next);
    if (link) publishState();
  }

  /** Without a problem, what stays wrong is the error again. */
  function report(problem?: string): void {
    const next = problem || options.faults.join();
    if (problem) {
      print(problem);
      lastError = problem;
    }
    if (next === error) return;
    error = next;
    if (link) publishState();
  }

  /** Without Wi-Fi the rest is a consequence. */
  function blame(reason: string): string {
    return wifi.isUp() ? reason : 'no Wi-Fi';
  }

  function silence(): void {
    // When its time is up, too: to stop it once more does no harm.
    cancel(aliveTimer);
    aliveTimer = undefined;
    update();
  }

  function unplugged(): void {
    cableTimer = undefined;
    update();
  }

  function stopIdentify(): void {
    identifyTimer = identify = undefined;
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
    if (error) report();
    update();
  }

  const lamp = {
    /** What to subscribe to. */
    topics: () =>
      [base + '/bridge/state', base + '/bridge/alive'].concat(
        ['show', 'identify', 'config', 'update'].map((what) => own + what),
      ),
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
      lastError = blame(reason);
      bridgeOnline = false;
      if (!cableTimer) wanted = undefined;
      silence();
    },

    message(topic: string, payload: string, retained: number): void {
      if (topic === own + 'show') takeShow(payload);
      // A sign of life or a command that somebody had the broker keep says nothing of now.
      else if (!retained || topic === base + '/bridge/state') {
        lamp.command(topic, topic.substr(own.length), payload);
      }
    },

    /** Any other; a function of its own, or the chip would read over it at each show. */
    command(topic: string, what: string, payload: string): void {
      if (topic === base + '/bridge/alive') {
        cancel(aliveTimer);
        aliveTimer = setTimeout(silence, settings.timing.alive);
        followTime(parseFloat(payload.split('"ms":')[1] || ''));
        update();
        if (!proved) {
          proved = true;
          prove(boot, trial, options.lastRestart, tell);
          trial = undefined;
        }
      } else if (topic === base + '/bridge/state') {
        bridgeOnline = payload === 'online';
        update();
      } else if (what === 'identify') {
        cancel(identifyTimer);
        identify = on({ r: 255, g: 255, b: 255 }, 'identify');
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
      cableTimer = setTimeout(unplugged, settings.timing.alive);
      takeShow(payload);
    },

    press(press: Press): void {
      say('button', { press: press });
    },

    /** The time is up for settings on trial: the file still has the old ones. */
    giveUp(): void {
      if (trial) restart('config undone: ' + (lastError || blame('no bridge')));
    },
  };
  return lamp;
}
