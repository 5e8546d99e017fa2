/** The configuration file as the page sees it, and the log-ins of lights that are new in it. */
import type { ConfigFile } from '../config/file.ts';
import { jsonSchema, type LightConfig } from '../config/schema.ts';
import type { Accounts } from '../mqtt/accounts.ts';
import type { ChangeOutcome, ConfigPort } from '../web/ports.ts';
import type { LiveConfig } from './live-config.ts';

const noFile = 'This bridge runs without a configuration file.';

export function createConfigPort(ports: {
  file: ConfigFile | undefined;
  live: LiveConfig;
  accounts: Pick<Accounts, 'keyOf' | 'mintLamp' | 'mintUser' | 'removeLamp' | 'removeUser'>;
}): ConfigPort {
  const { file, live, accounts } = ports;
  const lights = () => live.current().lights;
  const schema = jsonSchema();

  /** What a light of this kind logs in with; nothing for one that does not. */
  async function mint(light: LightConfig) {
    const { id, kind } = light;
    if (kind === 'espruino') return [{ light: id, key: await accounts.mintLamp(id) }];
    if (!('topic' in light)) return [];
    return [{ light: id, username: id, password: await accounts.mintUser(id) }];
  }

  return {
    schema,
    view() {
      if (!file) return { value: {}, file: '', etag: '""', editable: false, why: noFile, restart: [] };
      const why = file.readOnly();
      const refused = file.fault();
      return {
        value: file.value() as Record<string, unknown>,
        file: file.name,
        etag: file.etag(),
        editable: why === undefined,
        ...(why ? { why } : {}),
        ...(refused ? { refused } : {}),
        restart: live.restart(),
      };
    },
    check(changes) {
      if (!file) return { ok: false, refused: 'read-only', error: noFile };
      const wrong = file.check(changes);
      return wrong ? { ok: false, ...wrong } : { ok: true, minted: [] };
    },
    async change(changes, etag): Promise<ChangeOutcome> {
      if (!file) return { ok: false, refused: 'read-only', error: noFile };
      const before = new Map(lights().map((light) => [light.id, light.kind]));
      const refused = await file.change(changes, etag);
      if (refused) return { ok: false, ...refused };
      const now = new Map(lights().map((light) => [light.id, light]));
      for (const id of before.keys()) {
        if (now.has(id)) continue;
        // A key that nobody needs must not stay good.
        await accounts.removeLamp(id);
        await accounts.removeUser(id);
      }
      const fresh = [...now.values()].filter((light) => before.get(light.id) !== light.kind);
      return { ok: true, minted: (await Promise.all(fresh.map(mint))).flat() };
    },
  };
}
