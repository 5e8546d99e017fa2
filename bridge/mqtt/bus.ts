/** What the bridge asks of any broker, its own or a user's: publish, and hear what others publish. */

export interface Heard {
  topic: string;
  payload: Buffer;
  /** The sender had it retained; or, where a broker does not tell (MQTT 3.1.1), the broker replayed it. */
  retain: boolean;
}

export interface MessageBus {
  /** QoS 1. Resolves when the broker has taken it. @throws when there is no link to a broker, or it refuses */
  publish(topic: string, payload: string, retain: boolean): Promise<void>;
  /** Calls with each message that a client publishes, its last will included; the result removes the listener. */
  onMessage(listener: (message: Heard) => void): () => void;
}

/** A broker that may be away: whoever speaks on it says everything again when it is back. */
export interface LinkedBus extends MessageBus {
  isUp(): boolean;
  /** Ms of the monotonic clock at which the broker last said anything; absent where it is in this process. */
  heardAt?(): number | undefined;
  /** Calls each time the link is up, before anything is heard on it. */
  onUp(listener: () => void): () => void;
}
