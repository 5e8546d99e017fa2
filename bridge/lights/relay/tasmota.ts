/** Tasmota (tasmota.github.io, "Commands" and "Lights"): PulseTime is the timer, started anew by each Power ON. */
import type { Rgb } from '../../../protocol/show.ts';
import { type Dialect, hexOf, isNumber, json, rgbOf, timerSeconds } from './dialect.ts';

export function tasmota(topic: string): Dialect {
  // PulseTime: 112 to 64900 are seconds and 100 more. Written to flash only when it changes.
  const arm = `PulseTime1 ${timerSeconds + 100}`;
  const backlog = (...commands: string[]) => [
    { topic: `cmnd/${topic}/Backlog0`, payload: commands.join('; ') },
  ];
  return {
    topics: [`tele/${topic}/LWT`, `tele/${topic}/STATE`, `stat/${topic}/RESULT`],
    prepare: [],
    disarm: [],
    ask: [{ topic: `cmnd/${topic}/State`, payload: '' }],
    look(show) {
      if (show.state === 'OFF' || show.brightness === 0) return backlog('Power1 OFF');
      const dimmer = Math.max(1, Math.round((show.brightness / 255) * 100));
      return backlog(arm, `Color1 ${hexOf(show.color)}`, `Dimmer ${dimmer}`, 'Power1 ON');
    },
    read(at, payload) {
      if (at === `tele/${topic}/LWT`) return { online: payload === 'Online' };
      const said = json(payload);
      if (!said) return undefined;
      const power = said['POWER'] ?? said['POWER1'];
      const dimmer = said['Dimmer'];
      const color = said['Color'];
      return {
        online: true,
        ...(power === 'ON' || power === 'OFF' ? { on: power === 'ON' } : {}),
        ...(isNumber(dimmer) ? { brightness: Math.round((dimmer / 100) * 255) } : {}),
        ...(typeof color === 'string' && isNumber(dimmer) ? { color: undimmed(color, dimmer) } : {}),
      } as ReturnType<Dialect['read']>;
    },
  };
}

/** Tasmota tells the colour as the LEDs have it, dimmed. */
function undimmed(hex: string, dimmer: number): Rgb | undefined {
  const color = rgbOf(hex);
  if (!color || dimmer <= 0) return color;
  const full = (part: number) => Math.min(255, Math.round((part * 100) / dimmer));
  return { r: full(color.r), g: full(color.g), b: full(color.b) };
}
