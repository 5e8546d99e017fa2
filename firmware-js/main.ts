/** The lamp: shows `unknown` first of all, then looks for the bridge, dials, and starts anew when anything fails. */
import { lampFiles } from '../protocol/lamp-admin.ts';
import { watchButton } from './button.ts';
import { createDiscover, type Found } from './discover.ts';
import { save, take } from './files.ts';
import { canSign, createNonces, hmac } from './hmac.ts';
import { createLamp, unknown } from './lamp.ts';
import { createLeds } from './leds.ts';
import { createMqtt } from './mqtt.ts';
import { readSettings } from './settings.ts';
import { createBackoff } from './timing.ts';
import { createWifi } from './wifi.ts';

// Out of memory cannot be caught: the code that ran is simply cut off, and what it left is anyone's guess.
E.on('errorFlag', (flags) => {
  if (flags.indexOf('MEMORY') < 0) return;
  save(lampFiles.reason, 'out of memory', 0, 0);
  E.reboot();
});

const read = readSettings();
const settings = read.settings;
const timing = settings.timing;
const id = settings.file.id;
const key = settings.file.key;
const faults = settings.fault ? [settings.fault] : [];
const display = createLeds(settings, unknown, (fault) => faults.push(fault));

function run(): void {
  // Without a seed of its own every lamp would draw the same waits, and all would dial at once.
  E.srand(parseInt(hmac(key, 'seed').substr(0, 7), 16));
  const nextNonce = createNonces(key);
  const lastRestart = take(lampFiles.reason);
  const wifi = createWifi(settings);
  const lamp = createLamp({ settings, display, wifi, nextNonce, trial: read.trial, lastRestart, faults });
  const discover = createDiscover(settings, nextNonce);
  const backoff = createBackoff(timing.firstRetry, timing.lastRetry);
  process.on('uncaughtException', (error) => lamp.report('error: ' + error));
  global.show = lamp.cable;

  function dial(found: Found): void {
    const mqtt = createMqtt({
      broker: found,
      clientId: 'doorlight-' + id,
      username: settings.file.username || id,
      willTopic: lamp.willTopic,
      topics: lamp.topics,
      timing,
      onReady() {
        backoff(true);
        print('connected to ' + found.host + ':' + found.port);
        lamp.connected(mqtt);
      },
      onMessage: lamp.message,
      onOversize: lamp.oversize,
      onClosed(reason) {
        print(reason);
        lamp.disconnected(reason);
        setTimeout(seek, backoff());
      },
    });
  }

  function seek(): void {
    E.kickWatchdog();
    if (wifi.isUp()) discover(dial);
    else setTimeout(seek, 1000);
  }

  if (settings.button.pin >= 0) {
    try {
      watchButton(settings.button, lamp.press);
    } catch (error) {
      faults.push('button: ' + error);
    }
  }
  if (faults[0]) lamp.report(faults.join());
  if (read.trial) setTimeout(lamp.giveUp, timing.trial);
  seek();
}

print('Doorlight ' + FIRMWARE_VERSION + ', lamp ' + (id || 'without settings'));
if (!canSign()) print('no SHA-256: take the Espruino for ESP32, not ESP32_IDF4');
else if (id && key) run();
else print('no settings: run doorlight light flash');
