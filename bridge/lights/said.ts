/** What another maker's light says of itself, held against what it was told. */
import type { LightState, Rgb, Show } from '../../protocol/show.ts';

/** What is left out it did not say. */
export interface Said {
  online?: boolean;
  on?: boolean;
  /** 0 to 255 */
  brightness?: number;
  color?: Rgb;
}

/** Rounding on a colour's way there and back. */
const usualTolerance = 12;

/** What a light shows: what it says, and where it says nothing, what it was told. */
export function stateSaid(show: Show, said: Said, error: string | null): LightState {
  const override = show.override ?? null;
  const on = said.on ?? show.state === 'ON';
  if (!on) return { state: 'OFF', override, error };
  const told = show.state === 'ON' ? show : undefined;
  return {
    state: 'ON',
    color_mode: 'rgb',
    color: said.color ?? told?.color ?? { r: 255, g: 255, b: 255 },
    brightness: said.brightness ?? told?.brightness ?? 255,
    effect: told?.effect ?? 'solid',
    override,
    error,
  };
}

/** Whether what a light says is another look than it was told, beyond rounding on its way there and back. */
export function differs(show: Show, said: Said, tolerance = usualTolerance): boolean {
  const on = show.state === 'ON' && show.brightness > 0;
  if (said.on !== undefined && said.on !== on) return true;
  if (show.state === 'OFF' || !on) return false;
  if (said.brightness !== undefined && Math.abs(said.brightness - show.brightness) > 4) return true;
  const far = (part: keyof Rgb) => Math.abs(said.color![part] - show.color[part]) > tolerance;
  return said.color !== undefined && (far('r') || far('g') || far('b'));
}
