/** Ten seconds of blinking white over whatever a light shows, for drivers whose light cannot do it by itself. */
import type { Clock } from '../../protocol/clock.ts';
import type { Show } from '../../protocol/show.ts';

const identifyMs = 10_000;
const identifyShow: Show = {
  state: 'ON',
  color_mode: 'rgb',
  color: { r: 255, g: 255, b: 255 },
  brightness: 255,
  effect: 'identify',
};

/** `changed` is called when it begins, and when it ends by itself. */
export function createIdentify(clock: Clock, changed: () => void) {
  let cancel: (() => void) | undefined;
  return {
    start(): void {
      cancel?.();
      cancel = clock.after(identifyMs, () => {
        cancel = undefined;
        changed();
      });
      changed();
    },
    /** What is shown in place of `wanted` now. */
    over: (wanted: Show | undefined): Show | undefined => (cancel ? identifyShow : wanted),
    stop: (): void => cancel?.(),
  };
}
