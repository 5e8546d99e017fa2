/** A lamp of our own: it reads its `show` topic, and says itself what it shows and whether it is there. */
import type { LightState } from '../../protocol/show.ts';
import { effects } from '../../protocol/status.ts';
import type { Light, LightReport, LightTopics } from './light.ts';

/** A lamp's state is at most one Espruino chunk; more is not from a lamp. */
const longestState = 1024;

export function createEspruinoLight(options: {
  id: string;
  topics: LightTopics;
  onReport: (light: string) => void;
}): Light {
  const { id, topics } = options;
  const report: LightReport = { online: false, state: null };

  function hear(what: string, payload: Buffer): void {
    if (what === 'availability') {
      const online = payload.toString() === 'online';
      if (online === report.online && !online) return;
      report.online = online;
    } else if (what === 'state') {
      const state = payload.length <= longestState ? parseState(payload.toString()) : undefined;
      if (!state) return;
      report.state = state;
    } else return;
    options.onReport(id);
  }

  return {
    id,
    start() {},
    hear,
    // It reads its `show` topic itself, which the director's word is published on for every light.
    show() {},
    identify: () => topics.identify(id),
    report: () => ({ ...report }),
    stop: () => Promise.resolve(),
  };
}

/** A state message, or nothing when it is not one: what a lamp sends is untrusted like anything from the network. */
function parseState(text: string): LightState | undefined {
  let value: Record<string, unknown>;
  try {
    value = JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  if (value['state'] === 'OFF') return value as unknown as LightState;
  const color = value['color'] as Record<string, unknown> | undefined;
  const isByte = (number: unknown) => typeof number === 'number' && number >= 0 && number <= 255;
  const good =
    value['state'] === 'ON' &&
    isByte(value['brightness']) &&
    [color?.['r'], color?.['g'], color?.['b']].every(isByte) &&
    (effects as readonly unknown[]).includes(value['effect']);
  return good ? (value as unknown as LightState) : undefined;
}
