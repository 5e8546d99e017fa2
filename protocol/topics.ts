/** Topic names below the base topic, as the contract (section 4) lists them. */

export type LightTopic =
  | 'show'
  | 'state'
  | 'availability'
  | 'button'
  | 'set'
  | 'identify'
  | 'config'
  | 'update'
  | 'result';

export interface Topics {
  bridgeState: string;
  bridgeAlive: string;
  bridgeHealth: string;
  bridgeResponse(what: string): string;
  presence(person: string): string;
  presenceStatus(person: string): string;
  presenceSet(person: string): string;
  light(id: string, what: LightTopic): string;
}

/** Ids of people and lights, and account names: safe in a topic, a URL and a file name. */
export const idPattern = /^[a-z0-9-]{1,64}$/;

/** How long after the last `bridge/alive` a lamp may still show a status, in ms (contract section 4). */
export const aliveTimeoutMs = 40_000;

/** How often the bridge says that it is alive, in ms. */
export const aliveEveryMs = 10_000;

export function topicsBelow(base: string): Topics {
  return {
    bridgeState: `${base}/bridge/state`,
    bridgeAlive: `${base}/bridge/alive`,
    bridgeHealth: `${base}/bridge/health`,
    bridgeResponse: (what) => `${base}/bridge/response/${what}`,
    presence: (person) => `${base}/presence/${person}`,
    presenceStatus: (person) => `${base}/presence/${person}/status`,
    presenceSet: (person) => `${base}/presence/${person}/set`,
    light: (id, what) => `${base}/lights/${id}/${what}`,
  };
}

/** The light and the word of a light's topic, or nothing when the topic is another's. */
export function parseLightTopic(base: string, topic: string): { light: string; what: string } | undefined {
  const prefix = `${base}/lights/`;
  if (!topic.startsWith(prefix)) return undefined;
  const parts = topic.slice(prefix.length).split('/');
  const light = parts[0];
  const what = parts[1];
  return light && what && parts.length === 2 ? { light, what } : undefined;
}
