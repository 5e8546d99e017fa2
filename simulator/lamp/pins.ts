/** A board's pins: what the firmware writes to them, and a button that can be pressed. */
type Watch = (change: { state: boolean; time: number }) => void;

/**
 * @param onLevel hears each level, 0 to 1, that a pin is set to
 * @param call runs the firmware's callbacks; it must not throw
 */
export function createPins(
  onLevel: (pin: string, level: number) => void,
  call: (run: () => void) => void,
  now: () => number,
) {
  const watches = new Map<string, Watch>();
  const pulls = new Map<string, string>();
  const nameOf = (pin: unknown) => String((pin as { name?: string })?.name);
  return {
    globals: {
      Pin: function Pin(this: { name: string }, name: string) {
        this.name = String(name);
      },
      analogWrite: (pin: unknown, level: number) => onLevel(nameOf(pin), level),
      pinMode: (pin: unknown, mode: string) => void pulls.set(nameOf(pin), mode),
      setWatch: (run: Watch, pin: unknown) => watches.set(nameOf(pin), run).size,
    },
    /** Presses or releases a button at `pin`, such as `D0`; debounced already. */
    setButton(pin: string, pressed: boolean): void {
      const state = pressed !== (pulls.get(pin) === 'input_pullup');
      call(() => watches.get(pin)?.({ state, time: now() / 1000 }));
    },
  };
}
