/** The lamp: shows `unknown` first of all, then looks for the bridge, dials, and starts anew when anything fails. */
import { createDiscover, type Found } from './discover.ts';
import { canSign, hmac } from './hmac.ts';
import { createLamp, unknown } from './lamp.ts';
import { createMqtt } from './mqtt.ts';
import { readSettings } from './settings.ts';
import { createStrip } from './strip.ts';
import { createBackoff } from './timing.ts';
import { createWifi } from './wifi.ts';

// Out of memory cannot be caught: the code that ran is simply cut off, and what it left is anyone's guess.
E.on('errorFlag', (flags) => {
  if (flags.indexOf('MEMORY') >= 0) E.reboot();
});
process.on('uncaughtException', (error) => print('error: ' + error));

const settings = readSettings();
const timing = settings.timing;
const strip = createStrip(settings.leds, timing, unknown);

function run(): void {
  // Without a seed of its own every lamp would draw the same waits, and all would dial at once.
  E.srand(parseInt(hmac(settings.key, 'seed').substr(0, 7), 16));
  const wifi = createWifi(settings);
  const lamp = createLamp(settings, strip, wifi);
  const discover = createDiscover(settings);
  const backoff = createBackoff(timing);

  function dial(found: Found): void {
    const mqtt = createMqtt({
      host: found.host,
      port: found.port,
      clientId: 'doorlight-' + settings.id,
      username: settings.id,
      password: found.password,
      willTopic: lamp.willTopic,
      topics: lamp.topics,
      timing,
      onReady() {
        backoff.reset();
        print('connected to ' + found.host + ':' + found.port);
        lamp.connected(mqtt);
      },
      onMessage: lamp.message,
      onOversize: lamp.oversize,
      onClosed(reason) {
        print(reason);
        lamp.disconnected();
        setTimeout(seek, backoff.next());
      },
    });
  }

  function seek(): void {
    if (wifi.isUp()) discover.start(dial);
    else setTimeout(seek, 1000);
  }

  seek();
}

print('Doorlight ' + FIRMWARE_VERSION + ', lamp ' + (settings.id || 'without settings'));
if (!canSign()) print('this build of Espruino has no SHA-256: take the one for ESP32, not ESP32_IDF4');
else if (settings.id && settings.key) run();
else print('no settings: run doorlight light flash');
