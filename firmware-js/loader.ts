/**
 * What Espruino runs at power-up, from `.bootcde`; written by cable and never changed over the air. It closes the open
 * consoles, then starts one of two apps, and goes back to the other when a new one does not prove itself.
 */
import { lampFiles, updateTrialMs } from '../protocol/lamp-admin.ts';

// Espruino opens a JavaScript console to everyone on the network (2v29, port 23), on Bluetooth, and an access point.
// What a board lacks throws.
for (const close of [
  () => require('TelnetServer').setOptions({ mode: 'off' }),
  () => NRF.setServices({}, { uart: false }),
  () => NRF.sleep(),
  () => require('Wifi').stopAP(),
]) {
  try {
    close();
  } catch (_) {
    // Not there, so not open.
  }
}

const storage = require('Storage');
const text = storage.read(lampFiles.boot) || 'a';
let slot = text[0] === 'b' ? 'b' : 'a';
const starts = parseInt(text[1] || '', 10);
let onTrial = starts >= 0;

function other(): string {
  return slot === 'a' ? 'b' : 'a';
}

/** False when Storage is full: the lamp starts nevertheless. */
function keep(name: string, value: string): boolean {
  try {
    return storage.write(name, value, 0, 0);
  } catch (_) {
    return false;
  }
}

/** Kept also when nothing was on trial: the app must know which file it runs from, or it takes an update into that. */
function goBack(why: string): void {
  slot = other();
  onTrial = false;
  keep(lampFiles.boot, slot);
  keep(lampFiles.reason, 'update undone: ' + why);
}

function runApp(): void {
  const app = storage.read('app.' + slot);
  if (!app) throw new Error('no app.' + slot);
  // In no scope but its own: each function of the app keeps a list of the scopes around it.
  Function(app)();
}

if (starts > 2) goBack('three starts failed');
else if (onTrial && !keep(lampFiles.boot, slot + (starts + 1))) goBack('Storage is full');

// The wait is the way in by cable, whatever the app does: clearTimeout() in this second, and nothing starts.
setTimeout(() => {
  // The app says that it is well by kicking; the longest that a dial can freeze the chip is shorter. One on trial kicks
  // more often than it pings, or its three starts would take longer than the trial.
  E.enableWatchdog(onTrial ? 35 : 120, false);
  if (onTrial) {
    setTimeout(() => {
      if (storage.read(lampFiles.boot) === slot) return;
      goBack('no bridge in time');
      E.reboot();
    }, updateTrialMs);
  }
  try {
    runApp();
  } catch (error) {
    print('app: ' + error);
    goBack('' + error);
    runApp();
  }
}, 1000);
