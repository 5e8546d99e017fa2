/** The graph side in use. Other people, another tenant or another source make a new one; the board keeps what it knows. */
import type { SignInState } from '../../protocol/sign-in.ts';
import type { Config } from '../config/schema.ts';
import type { TeamsWriter } from '../control/control.ts';
import { createGraphSide, type GraphSide, type GraphStatus } from '../graph/graph-side.ts';
import type { NotificationSink } from '../graph/notification.ts';
import type { Roster, RosterPerson } from '../graph/people.ts';

export interface GraphRoom {
  /** Nothing in set-up mode. */
  side(): GraphSide | undefined;
  /** Where the hooks hand over what Graph posts, whoever takes it now. */
  sink: NotificationSink;
  writeBack: TeamsWriter;
  roster(): Roster;
  /** Ends the one before, and begins on this configuration. @throws ConfigError; then nothing is changed */
  apply(config: Config): Promise<void>;
  /** Calls when the status may have changed. */
  onChange(listener: () => void): () => void;
  start(): void;
  stop(): Promise<void>;
}

/** @throws ConfigError when a file that microsoft: names cannot be read */
export async function createGraphRoom(
  config: Config,
  ports: Omit<Parameters<typeof createGraphSide>[2], 'publicUrl'> & {
    publicUrl: (config: Config) => (() => string) | undefined;
    onSignIn?: (states: SignInState[]) => void;
  },
): Promise<GraphRoom> {
  const listeners = new Set<() => void>();
  let current = config;
  let started = false;
  let side: GraphSide | undefined;
  side = await open(config);

  async function open(next: Config): Promise<GraphSide | undefined> {
    if (!next.microsoft) return undefined;
    const opened: GraphSide = await createGraphSide(next, next.microsoft, {
      ...ports,
      publicUrl: ports.publicUrl(next),
      // One that is on its way out may still hear of a group.
      onRoster: (roster) => side === opened && ports.onRoster?.(roster),
    });
    opened.onChange(tell);
    opened.accounts.onChange(() => ports.onSignIn?.(opened.accounts.states()));
    return opened;
  }

  function tell(): void {
    for (const listener of listeners) listener();
  }

  return {
    side: () => side,
    sink: {
      notifications: (body) => side?.sink.notifications(body),
      lifecycle: (body) => side?.sink.lifecycle(body),
    },
    writeBack: {
      may: (person) => side?.writeBack.may(person) ?? false,
      set: (person, status, forMs, message) => side?.writeBack.set(person, status, forMs, message),
      clear: (person) => side?.writeBack.clear(person),
    },
    roster: () => side?.roster() ?? { people: namedPeople(current), groups: new Map() },
    async apply(next) {
      const opened = await open(next);
      const before = side;
      current = next;
      side = opened;
      if (!started) return;
      // The old one must have given its subscription back before the new one asks for the same.
      await before?.stop();
      opened?.start();
      tell();
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    start() {
      started = true;
      side?.start();
    },
    async stop() {
      started = false;
      listeners.clear();
      await side?.stop();
    },
  };
}

/** Why nobody is confirmed any more, with what to do, as part of a sentence. */
export function whyUnknown(status: GraphStatus | undefined): string {
  if (!status) return 'there is no microsoft: in the configuration';
  if (status.source !== 'none') return 'no read confirmed them in time';
  // What somebody can do is said there, where there is something.
  return /\. |: /.test(status.why) ? status.why.replace(/\.$/, '') : `${status.why}, which is tried again`;
}

const namedPeople = (config: Config): RosterPerson[] =>
  config.people.map(({ id, name = id, share }) => ({ id, name, share }));
