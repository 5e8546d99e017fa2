/** Pins by their GPIO number. */

/**
 * Espruino takes any number for a pin. On the classic ESP32 numbers 6 to 11 belong to the flash: touching them is a crash.
 * @throws Error when there is no such pin
 */
export function openPin(pin: number): Pin {
  if (!(pin >= 0 && pin <= 48) || (process.env.BOARD === 'ESP32' && pin > 5 && pin < 12)) {
    throw new Error('no pin ' + pin);
  }
  return new Pin('D' + pin);
}
