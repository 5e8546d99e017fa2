/**
 * ESPHome over MQTT (esphome.io, "MQTT Client Component"): its light speaks Home Assistant's JSON, and `flash` is the
 * timer: for so many seconds it shows this, then what it showed before the first of an unbroken row, which is dark.
 */
import type { Rgb } from '../../../protocol/show.ts';
import { type Dialect, isNumber, json, timerSeconds } from './dialect.ts';

export function esphome(topic: string): Dialect {
  const prefix = topic.slice(0, topic.lastIndexOf('/light/'));
  const command = (body: object) => ({ topic: `${topic}/command`, payload: JSON.stringify(body) });
  return {
    topics: [`${prefix}/status`, `${topic}/state`],
    // At once, and followed by the look before the next frame: within a transition, a flash would end as it began.
    prepare: [command({ state: 'OFF', transition: 0 })],
    disarm: [],
    ask: [],
    look(show) {
      if (show.state === 'OFF' || show.brightness === 0) return [command({ state: 'OFF' })];
      const { color, brightness } = show;
      return [command({ state: 'ON', brightness, color, flash: timerSeconds })];
    },
    read(at, payload) {
      if (at === `${prefix}/status`) return { online: payload === 'online' };
      const said = json(payload);
      if (!said) return undefined;
      const { state, brightness } = said;
      const color = said['color'] as Partial<Rgb> | undefined;
      const rgb =
        color && isNumber(color.r) && isNumber(color.g) && isNumber(color.b) ? (color as Rgb) : undefined;
      return {
        ...(state === 'ON' || state === 'OFF' ? { on: state === 'ON' } : {}),
        ...(isNumber(brightness) ? { brightness } : {}),
        ...(rgb ? { color: rgb } : {}),
      };
    },
  };
}
