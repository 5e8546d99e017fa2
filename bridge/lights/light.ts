/** What a light can do. Each kind is a driver in drivers.ts that makes one of these. */
import type { LightState, Show } from '../../protocol/show.ts';
import type { Status } from '../../protocol/status.ts';
import type { PageEnd } from './page.ts';

export interface LightReport {
  online: boolean;
  /** What the light says it shows; null until it has said so. */
  state: LightState | null;
}

export interface Light {
  id: string;
  start(): void;
  /**
   * What it must show from now on, and the status that this is the look of; no status when it was set by hand.
   * `colorBlind`: statuses are to be told apart without colour, also by a light that cannot show their looks.
   */
  show(show: Show, stands?: Status, colorBlind?: boolean): void;
  /** Ten seconds of the identify effect, so that a person finds it. */
  identify(): void;
  /** The bridge has just looked at every light and is alive; a light with a timer starts it anew now and then. */
  beat?(): void;
  /** A message that the light itself published, on `…/lights/<id>/<what>`. */
  hear?(what: string, payload: Buffer): void;
  /** Where the light is a page: its end here. */
  page?: PageEnd;
  report(): LightReport;
  /** Resolves when the light was told its last show, or after a moment in which it did not listen. */
  stop(): Promise<void>;
}

/** How a driver speaks on the light's topics. */
export interface LightTopics {
  /** State and availability of a light that cannot publish itself. */
  hosted(light: string, what: 'state' | 'availability', payload: string): void;
  identify(light: string): void;
}
