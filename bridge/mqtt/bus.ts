/** What the bridge asks of any broker, its own or a user's: publish, and hear what others publish. */

export interface Heard {
  topic: string;
  payload: Buffer;
  retain: boolean;
}

export interface MessageBus {
  /** QoS 1. Resolves when the broker has taken it. */
  publish(topic: string, payload: string, retain: boolean): Promise<void>;
  /** Calls with each message that a client publishes, its last will included; the result removes the listener. */
  onMessage(listener: (message: Heard) => void): () => void;
}
