/** The machine as its owner sees it: version, support, updates, troubles, and back to the first day. */
import { pbkdf2 } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Clock } from '../../protocol/clock.ts';
import { supportUntil, version } from '../assets.ts';
import { BackupError, openBackup, sealBackup, shortestPassphrase } from '../backup.ts';
import { collect, wantReset } from '../kept-files.ts';
import { stageRestore } from '../restore.ts';
import type { Store } from '../store.ts';
import { troublesOf } from '../troubles.ts';
import type { UpdateStatus } from '../update/releases.ts';
import type { UpdateWishes } from '../update/updater.ts';
import { wishesFile, wishesOf } from '../update/wishes.ts';
import type { AppliancePort } from '../web/routes/appliance.ts';

const derive = promisify(pbkdf2);
/** In the form of doorlight.txt; the appliance watches it, takes it and removes it (image/root). */
const wifiFile = 'wifi-wanted.txt';

export function createAppliance(options: {
  store: Store;
  clock: Clock;
  /** Nothing where no supervisor would start us again. */
  restart: (() => void) | undefined;
  /** Where the configuration is. */
  configFile: string;
  /** Where the package says what takes the updates, and the updater what it did. */
  releaseFile?: string;
  releasesDir?: string;
  /** What takes a Wi-Fi; only the card's image has it. */
  wifiProgram?: string;
}): AppliancePort & {
  /** Whether this version was an update that proved itself, and lamps may have theirs. */
  lampsFollow(): boolean;
} {
  const { store, clock, restart, configFile } = options;
  const { wifiProgram = '/usr/lib/doorlight-appliance/wifi' } = options;
  const { releaseFile = '/usr/share/doorlight/release.json', releasesDir = '/var/lib/doorlight-releases' } =
    options;
  let wishes: UpdateWishes = wishesOf(store.read<object>(wishesFile, (value) => typeof value === 'object'));

  function status(): UpdateStatus {
    try {
      return JSON.parse(readFileSync(join(releasesDir, 'status.json'), 'utf8')) as UpdateStatus;
    } catch {
      return {};
    }
  }

  return {
    about() {
      const { available = null, last = null, running, checkedAt = null } = status();
      return {
        version,
        supportUntil: supportUntil ?? null,
        changes: running?.version === version ? running.changes : [],
        troubles: troublesOf(store, clock),
        wifi: existsSync(wifiProgram),
        updates: {
          possible: existsSync(releaseFile),
          automatic: wishes.automatic,
          putOffUntil: wishes.putOffUntil ?? null,
          available,
          last,
          checkedAt,
        },
      };
    },
    lampsFollow: () =>
      status().running?.version === version &&
      wishes.automatic &&
      !(wishes.putOffUntil && Date.parse(wishes.putOffUntil) > clock.now()),
    async wish({ install, ...change }) {
      const askedAt = new Date(clock.now()).toISOString();
      const next = { ...wishes, ...change, ...(install ? { install: { version: install, askedAt } } : {}) };
      // The updater watches this file. What is not on the disk was not accepted.
      await store.write(wishesFile, next);
      wishes = next;
    },
    async joinWifi({ name, password, country }) {
      if (!existsSync(wifiProgram)) return false;
      // The key of WPA2, IEEE 802.11: the password itself never reaches the card.
      const key = (await derive(password, name, 4096, 32, 'sha1')).toString('hex');
      const lines = [`wifi_name=${name}`, `wifi_password=${key}`, ...(country ? [`country=${country}`] : [])];
      await store.writeText(wifiFile, `${lines.join('\n')}\n`);
      return true;
    },
    shortestPassphrase,
    backup(passphrase) {
      const { unread: _, ...kept } = collect(configFile, store.path(''));
      return sealBackup(kept, passphrase, {
        madeAt: new Date(clock.now()).toISOString(),
        doorlight: version,
      });
    },
    async restore(bytes, passphrase) {
      try {
        const { madeAt: _, doorlight: __, ...kept } = await openBackup(bytes, passphrase);
        stageRestore(kept, configFile, store.path(''));
      } catch (error) {
        if (error instanceof BackupError) return error.message;
        throw error;
      }
      return undefined;
    },
    restart: () => restart?.(),
    reset() {
      wantReset(store.path(''));
      restart?.();
    },
  };
}
