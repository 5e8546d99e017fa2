/** Keeps the lamp on a Wi-Fi. Looks at the state, not at events: which of those come differs between releases. */
import { lampFiles } from '../protocol/lamp-admin.ts';
import { restart } from './files.ts';
import type { Settings } from './settings.ts';
import { createBackoff, setupAfterMs, setupOpenMs, wifiMs, wifiRebootMs } from './timing.ts';

function findWifi(): EspruinoWifi | undefined {
  try {
    return require('Wifi');
  } catch (_) {
    return undefined;
  }
}

/** Where there is no Wi-Fi to look after, as on Linux, the network counts as being there. */
export function createWifi(settings: Settings) {
  const wifi = findWifi();
  const networks = settings.file.networks;
  const backoff = createBackoff(wifiMs, wifiMs * 6);
  let downFor = 0;
  let nextTry = 0;
  let tries = 0;
  let joined = -1;
  let setupOpen = false;

  function ip(): string | undefined {
    const address = wifi ? wifi.getIP().ip : undefined;
    return address && address !== '0.0.0.0' ? address : undefined;
  }

  /** The next network of the list; the wait after it grows when all of them have failed. */
  function join(): void {
    const at = tries % networks.length;
    const network = networks[at];
    if (!wifi || !network) return;
    tries++;
    nextTry = downFor + wifiMs + (tries % networks.length ? 0 : backoff());
    // The radio may still be busy with the one before.
    if (joined !== at && joined >= 0) wifi.disconnect();
    joined = at;
    // The outcome is seen by `ip`; the callback does not come on every release.
    wifi.connect(network.ssid, network.password ? { password: network.password } : {}, (error) => {
      if (error) print('Wi-Fi: ' + error);
    });
  }

  /** Needs no closing: the lamp restarts after a while, or with what was entered. */
  function openSetup(): void {
    const code = require('Storage').read(lampFiles.setup);
    if (!code) return;
    setupOpen = true;
    setTimeout(() => restart('no Wi-Fi'), setupOpenMs);
    global.eval(code);
  }

  function look(): void {
    if (ip()) {
      downFor = 0;
      nextTry = 0;
      // The same network first, should it go.
      if (tries > 0) tries = joined;
      backoff(true);
      return;
    }
    if (setupOpen) return;
    downFor += wifiMs;
    // The radio itself may be stuck; a lamp that knows nothing loses nothing by starting anew.
    if (downFor >= wifiRebootMs) restart('no Wi-Fi');
    else if ((downFor >= setupAfterMs || !networks[0]) && settings.setup.password) openSetup();
    else if (downFor >= nextTry) join();
  }

  if (wifi) {
    wifi.setHostname('doorlight-' + settings.file.id);
    join();
    setInterval(look, wifiMs);
  }

  return {
    isUp(): boolean {
      return !wifi || (!!ip() && !setupOpen);
    },
    ip,
    /** Signal strength in dBm. */
    rssi(): number | undefined {
      return wifi ? wifi.getDetails().rssi : undefined;
    },
  };
}
