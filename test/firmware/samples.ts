/** What the tests tell a lamp, and how fast its time runs. */
import type { Show } from '../../protocol/show.ts';

/** Short waits, in milliseconds; the real ones are in firmware-js/timing.ts. */
export const timing = {
  // A little more than one round of the effect, so that its light is seen whenever it starts.
  identify: 1400,
  alive: 900,
  answer: 800,
  keepAlive: 2000,
  firstRetry: 50,
  lastRetry: 400,
};

export const solid = (r: number, g: number, b: number): Show => ({
  state: 'ON',
  color_mode: 'rgb',
  color: { r, g, b },
  brightness: 255,
  effect: 'solid',
});
export const red = solid(255, 0, 0);
export const green = solid(0, 255, 0);
