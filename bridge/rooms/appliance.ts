/** The machine as its owner sees it: version, support, updates, troubles, and back to the first day. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
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
}): AppliancePort {
  const { store, clock, restart, configFile } = options;
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
    async wish({ install, ...change }) {
      const askedAt = new Date(clock.now()).toISOString();
      const next = { ...wishes, ...change, ...(install ? { install: { version: install, askedAt } } : {}) };
      // The updater watches this file. What is not on the disk was not accepted.
      await store.write(wishesFile, next);
      wishes = next;
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
