/** Why a board cannot become a lamp as it is, and what to do about it, in words for the person who holds it. */
export class FlashError extends Error {
  /** For a page: what it is about. */
  readonly code: FlashFault;

  constructor(code: FlashFault, message: string) {
    super(message);
    this.code = code;
  }
}

export type FlashFault =
  /** The port cannot be opened, or is gone. */
  | 'port'
  /** Nothing answers on it. */
  | 'silent'
  /** An ESP32 without any program, or waiting for one. */
  | 'blank'
  /** Some other program runs on it. */
  | 'not-espruino'
  /** Espruino, but not a version or a board that a lamp can be made of. */
  | 'espruino'
  /** It stopped answering, or did not keep what it was given. */
  | 'interrupted';
