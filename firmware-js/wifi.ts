/** Keeps the lamp on its Wi-Fi. Looks at the state, not at events: which of those come differs between releases. */
import type { Settings } from './settings.ts';
import { createBackoff } from './timing.ts';

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
  const timing = settings.timing;
  const backoff = createBackoff(timing);
  let downFor = 0;
  let nextTry = 0;

  function ip(): string | undefined {
    const address = wifi ? wifi.getIP().ip : undefined;
    return address && address !== '0.0.0.0' ? address : undefined;
  }

  function join(): void {
    if (!wifi || !settings.ssid) return;
    // The outcome is seen by `ip`; the callback does not come on every release.
    wifi.connect(settings.ssid, settings.password ? { password: settings.password } : {}, (error) => {
      if (error) print('Wi-Fi: ' + error);
    });
  }

  function look(): void {
    if (ip()) {
      downFor = 0;
      nextTry = 0;
      backoff.reset();
      return;
    }
    downFor += timing.wifi;
    // The radio itself may be stuck; a lamp that knows nothing loses nothing by starting anew.
    if (downFor >= timing.wifiReboot) E.reboot();
    if (downFor < nextTry) return;
    nextTry = downFor + timing.wifi + backoff.next();
    join();
  }

  if (wifi && settings.ssid) {
    wifi.setHostname('doorlight-' + settings.id);
    join();
    setInterval(look, timing.wifi);
  }

  return {
    isUp(): boolean {
      return !wifi || !!ip();
    },
    ip,
    /** Signal strength in dBm. */
    rssi(): number | undefined {
      return wifi ? wifi.getDetails().rssi : undefined;
    },
  };
}
