/** The button: one word for each press, however long or often. */
import { openPin } from './pin.ts';
import { cancel } from './timing.ts';

export type Press = 'short' | 'long' | 'double';

const longMs = 700;
/** How soon the second press of a double one must come. */
const doubleMs = 350;

/** @throws Error when the board has no such pin */
export function watchButton(button: { pin: number; active: string }, onPress: (press: Press) => void): void {
  const pin = openPin(button.pin);
  const low = button.active === 'low';
  let holdTimer: number | undefined;
  let waitTimer: number | undefined;

  function isLong(): void {
    holdTimer = undefined;
    onPress('long');
  }

  function isShort(): void {
    waitTimer = undefined;
    onPress('short');
  }

  function change(pressed: boolean): void {
    if (pressed) {
      cancel(holdTimer);
      holdTimer = setTimeout(isLong, longMs);
      return;
    }
    // After a long press the release says nothing more.
    if (!holdTimer) return;
    cancel(holdTimer);
    holdTimer = undefined;
    if (waitTimer) {
      cancel(waitTimer);
      waitTimer = undefined;
      onPress('double');
    } else waitTimer = setTimeout(isShort, doubleMs);
  }

  pinMode(pin, low ? 'input_pullup' : 'input_pulldown');
  setWatch((event) => change(event.state !== low), pin, { repeat: true, edge: 'both', debounce: 25 });
}
