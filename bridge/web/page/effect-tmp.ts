import type { Show } from '../../../protocol/show.ts';
export function effectPixels(show: Show, ms: number, n: number): string {
  if (show.state === 'OFF') return '000000'.repeat(n);
  const { r, g, b } = show.color;
  const k = (show.effect === 'pulse' ? 0.6 + 0.4 * Math.sin(ms / 300) : show.effect === 'off' ? 0 : 1) * show.brightness / 255;
  return [r, g, b].map((v) => Math.round(v * k).toString(16).padStart(2, '0')).join('').repeat(n);
}
