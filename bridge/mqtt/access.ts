/** Who may publish and subscribe where on the embedded broker (contract section 4, "Accounts"): default deny. */

import { isOurDiscovery } from './home-assistant.ts';

export type Access = 'read' | 'control' | 'all';

export type Account =
  | { kind: 'lamp'; id: string }
  /** Another maker's lamp, and the filters of its own tree. */
  | { kind: 'device'; id: string; trees: readonly string[] }
  | { kind: 'consumer'; name: string; access: Access };

/** The name that an account logs in with; lights and consumers share no names. */
export const nameOf = (account: Account): string => (account.kind === 'consumer' ? account.name : account.id);

export interface AccessRules {
  canPublish(account: Account, topic: string): boolean;
  canSubscribe(account: Account, filter: string): boolean;
  /** Whether messages on this topic ask for something to be done, and so are never retained. */
  isCommand(topic: string): boolean;
  /** Whether only the bridge itself writes here. */
  isOurs(topic: string): boolean;
}

/** The rules for a base topic and Home Assistant's discovery prefix; `hosted` are the lights whose topics the bridge writes. */
export function accessRules(
  base: string,
  discoveryPrefix: string,
  hosted: readonly string[] = [],
): AccessRules {
  const commands = coveredBy([
    `${base}/presence/+/set`,
    `${base}/lights/+/set`,
    `${base}/lights/+/identify`,
    `${base}/bridge/request/#`,
  ]);
  const written = coveredBy([
    `${base}/bridge/state`,
    `${base}/bridge/alive`,
    `${base}/bridge/health`,
    `${base}/bridge/response/#`,
    `${base}/presence/+`,
    `${base}/presence/+/status`,
    `${base}/lights/+/show`,
    `${base}/lights/+/config`,
    `${base}/lights/+/update`,
  ]);
  // Looked up and not gone through: it is asked for each message, and there may be hundreds of lights.
  const spokenFor = new Set(
    hosted.flatMap((id) => [`${base}/lights/${id}/state`, `${base}/lights/${id}/availability`]),
  );
  const below = coveredBy([`${base}/#`]);
  const discovered = coveredBy([`${discoveryPrefix}/#`]);

  const isOurs = (topic: string) =>
    spokenFor.has(topic) || written(topic) || isOurDiscovery(discoveryPrefix, base, topic);

  function lampReads(id: string): string[] {
    const own = ['show', 'identify', 'config', 'update'].map((what) => `${base}/lights/${id}/${what}`);
    return [`${base}/bridge/state`, `${base}/bridge/alive`, ...own];
  }

  function lampWrites(id: string): string[] {
    return ['state', 'availability', 'button', 'result'].map((what) => `${base}/lights/${id}/${what}`);
  }

  return {
    isCommand: commands,
    isOurs,
    canPublish(account, topic) {
      if (topic.startsWith('$')) return false;
      if (account.kind === 'lamp') return lampWrites(account.id).includes(topic);
      if (account.kind === 'device') {
        if (below(topic) || isOurs(topic)) return false;
        return coveredBy(account.trees)(topic) || discovered(topic);
      }
      if (account.access === 'read') return false;
      if (account.access === 'all') return !isOurs(topic);
      return commands(topic) || topic === `${discoveryPrefix}/status`;
    },
    canSubscribe(account, filter) {
      if (account.kind === 'lamp') return lampReads(account.id).includes(filter);
      // What begins with $ is the broker's own.
      if (filter.startsWith('$')) return false;
      if (account.kind === 'device') return coveredBy(account.trees)(filter);
      if (account.access === 'all') return true;
      return below(filter) || discovered(filter);
    },
  };
}

/**
 * Whether every topic that a filter (a topic, or itself a filter) can match is matched by one of these (MQTT 3.1.1, 4.7).
 * They are taken apart once, for it is asked of every message.
 */
export function coveredBy(filters: readonly string[]): (filter: string) => boolean {
  const wides = filters.map((filter) => filter.split('/'));
  return (filter) => {
    const narrow = filter.split('/');
    return wides.some((wide) => isWithin(wide, narrow));
  };
}

function isWithin(wide: readonly string[], narrow: readonly string[]): boolean {
  for (let level = 0; level < wide.length; level++) {
    if (wide[level] === '#') return level > 0 || !narrow[0]!.startsWith('$');
    if (level >= narrow.length || narrow[level] === '#') return false;
    if (wide[level] !== '+' && wide[level] !== narrow[level]) return false;
  }
  return wide.length === narrow.length;
}
