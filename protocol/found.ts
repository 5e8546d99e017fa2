/** What the bridge found that is, or could become, a light: on USB, and on the network. */
export type FoundKind = 'espruino' | 'serial' | 'hid' | 'wled';

export interface FoundLight {
  /** Names it in the calls that let it blink and adopt it. */
  ref: string;
  /** What it can become, the likeliest first; an ESP32 board is `espruino`, once it is flashed. */
  kinds: FoundKind[];
  /** What it calls itself. */
  name: string;
  /** A device such as /dev/ttyUSB0, or a network address. */
  at: string;
  /** The protocol by which its USB identity names it; null = who adopts it as `serial` must say. */
  protocol: string | null;
  /** Whether it can blink before it is adopted, without being told a protocol. */
  blinks: boolean;
  /** The light of the configuration that it is already. */
  light: string | null;
}

export interface FoundView {
  lights: FoundLight[];
  /** The network was asked a moment ago: more may come. */
  searching: boolean;
}
