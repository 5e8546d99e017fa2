/** A bulb behind zigbee2mqtt (zigbee2mqtt.io, "MQTT Topics and Messages"): `on_time` is the timer. */
import { type Dialect, isNumber, json, timerSeconds } from './dialect.ts';

export function zigbee2mqtt(topic: string): Dialect {
  const bridgeState = `${topic.split('/')[0]}/bridge/state`;
  const set = (body: object) => ({ topic: `${topic}/set`, payload: JSON.stringify(body) });
  return {
    filters: [topic, `${topic}/availability`, bridgeState],
    prepare: [],
    disarm: [],
    ask: [{ topic: `${topic}/get`, payload: '{"state":""}' }],
    look(show) {
      if (show.state === 'OFF' || show.brightness === 0) return [set({ state: 'OFF' })];
      // The timer goes with a bare ON only: beside a brightness, on_time is not sent to the bulb. 254 is the most.
      const brightness = Math.round((show.brightness / 255) * 254);
      return [
        set({ brightness, color: show.color, transition: 0 }),
        set({ state: 'ON', on_time: timerSeconds }),
      ];
    },
    read(at, payload) {
      const said = json(payload);
      if (at !== topic) {
        // Plain in old versions and JSON in new ones. The bridge being there says nothing of the bulb.
        const online = (said?.['state'] ?? payload) === 'online';
        return at === bridgeState && online ? undefined : { online };
      }
      if (!said) return undefined;
      const { state, brightness } = said;
      return {
        online: true,
        ...(state === 'ON' || state === 'OFF' ? { on: state === 'ON' } : {}),
        ...(isNumber(brightness) ? { brightness: Math.round((brightness / 254) * 255) } : {}),
      };
    },
  };
}
