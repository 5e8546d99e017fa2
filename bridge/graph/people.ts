/** People and groups of the configuration -> Entra object ids. Who cannot be found does not hold up the others. */
import { type Clock, sleep } from '../../protocol/clock.ts';
import { isObjectId } from '../config/object-id.ts';
import type { GroupConfig, PersonConfig } from '../config/schema.ts';
import { type Log, reasonOf } from '../log.ts';
import type { ReadWords } from '../presence/board.ts';
import type { Share } from '../presence/share.ts';
import type { Store } from '../store.ts';
import { failureOf, type Graph } from './client.ts';
import { type GroupMember, readMembers } from './groups.ts';
import { SignInNeeded } from './sign-in/refusal.ts';

const file = 'graph-directory.json';
/** Who joined a group, or was given a new name, is known this soon. */
const refreshMs = 10 * 60_000;
const retryMs = 15_000;
/** Look-ups at a time. */
const atATime = 8;

/** Somebody whose presence is known to the bridge: of the configuration, or a member of a group. */
export interface RosterPerson {
  id: string;
  name: string;
  share: Share;
}

export interface Roster {
  people: RosterPerson[];
  /** The id of a group -> the ids of its people. */
  groups: Map<string, string[]>;
}

export interface Directory {
  start(): void;
  /** Looks everybody up once. @throws what Graph refused with, where it was not about one of them */
  lookUp(): Promise<void>;
  roster(): Roster;
  /** Object ids of all who were found, in lower case. */
  objectIds(): string[];
  personOf(objectId: string): string[];
  /** Why the last look-up failed; null when all is known. */
  fault(): string | null;
  /** Looks everybody up again, soon. */
  refresh(): void;
  /** What was reported and holds still: a sentence each. */
  troubles(): string[];
  /** Reports by name who was asked for and not answered, or has no presence, once each. */
  answered(asked: readonly string[], presences: ReadonlyMap<string, ReadWords>): void;
  /** Object ids that Graph does not know at the moment, so that no subscription may name them. */
  strangers(): ReadonlySet<string>;
  addStrangers(objectIds: readonly string[]): void;
  onChange(listener: () => void): () => void;
  stop(): Promise<void>;
}

interface Kept {
  /** User principal name in lower case -> object id in lower case. */
  users: Record<string, string>;
  /** Group object id -> members. */
  groups: Record<string, GroupMember[]>;
}

function isKept({ users, groups }: Kept): boolean {
  return (
    Object.values(users).every((id) => isObjectId(id)) &&
    Object.values(groups).every((members) => members.every(({ id }) => isObjectId(id)))
  );
}

export function createDirectory(options: {
  /** @throws SignInNeeded while nobody is signed in */
  graph: () => Graph;
  people: readonly PersonConfig[];
  groups: readonly GroupConfig[];
  store: Store;
  clock: Clock;
  log: Log;
}): Directory {
  const { graph, people, groups, store, clock, log } = options;
  const kept = store.read<Kept>(file, isKept) ?? { users: {}, groups: {} };
  const names = new Set(
    [...people.map((person) => person.user), ...groups.flatMap((group) => group.exclude)]
      .filter((name) => !isObjectId(name))
      .map((name) => name.toLowerCase()),
  );
  /** What it is about -> what was said. */
  const reported = new Map<string, string>();
  const strangers = new Set<string>();
  const listeners = new Set<() => void>();
  const stopping = new AbortController();
  let sleeping = new AbortController();
  let fault: string | null = null;
  let found = new Map<string, string[]>();
  let roster: Roster = { people: [], groups: new Map() };
  let text = '';
  let loop: Promise<void> = Promise.resolve();
  const jobs = [
    ...[...names].map((name) => () => lookUpUser(name)),
    ...groups.map((each) => () => openGroup(each)),
  ];
  /** After a failure only those that came to nothing are tried again, until all are due. */
  let left: typeof jobs = [];
  let allDueAt = Number.NEGATIVE_INFINITY;

  const idOf = (user: string): string | undefined =>
    isObjectId(user) ? user.toLowerCase() : kept.users[user.toLowerCase()];

  /** Puts the roster together from what is known; tells when it is another one than before. */
  function assemble(): void {
    const nextFound = new Map<string, string[]>();
    const next: Roster = { people: [], groups: new Map() };
    for (const { id, user, name = id, share } of people) {
      next.people.push({ id, name, share });
      const objectId = idOf(user);
      if (objectId) nextFound.set(objectId, [...(nextFound.get(objectId) ?? []), id]);
    }
    for (const { id, group, share, exclude } of groups) {
      const excluded = new Set(exclude.map(idOf));
      const members: string[] = [];
      for (const member of kept.groups[group.toLowerCase()] ?? []) {
        if (excluded.has(member.id)) continue;
        // Who is listed under people: stays as listed there.
        if (!nextFound.has(member.id)) {
          nextFound.set(member.id, [member.id]);
          next.people.push({ id: member.id, name: member.name ?? member.id, share });
        }
        members.push(...nextFound.get(member.id)!);
      }
      next.groups.set(id, members);
    }
    const nextText = JSON.stringify([[...nextFound], next.people, [...next.groups]]);
    if (nextText === text) return;
    text = nextText;
    found = nextFound;
    roster = next;
    for (const listener of listeners) listener();
  }

  async function lookUpUser(name: string): Promise<void> {
    const label = people.find((person) => person.user.toLowerCase() === name)?.id;
    const who = label === undefined ? 'Somebody under exclude:' : `Person ${label}`;
    try {
      const path = `/users/${encodeURIComponent(name)}`;
      const user = (await graph().get(path, { $select: 'id' })) as { id?: unknown } | undefined;
      if (typeof user?.id !== 'string' || !isObjectId(user.id))
        throw new Error('the answer has no object id');
      kept.users[name] = user.id.toLowerCase();
      if (reported.delete(name)) log.info(`${who} was found in the tenant.`);
    } catch (error) {
      const { status } = failureOf(error);
      if (status !== 404 && status !== 400 && status !== 403) throw error;
      if (status !== 403) delete kept.users[name];
      report(
        name,
        status === 403
          ? `${who} cannot be looked up: grant User.ReadBasic.All, or write the object id as user:.`
          : `${who} is not in the tenant: check user: in the configuration.`,
      );
    }
  }

  async function openGroup({ id, group }: GroupConfig): Promise<void> {
    try {
      const members = await readMembers(graph(), group);
      kept.groups[group.toLowerCase()] = members;
      if (reported.delete(id)) log.info(`Group ${id} was found in the tenant.`);
      if (members.some(({ name }) => name !== undefined)) reported.delete(`names ${id}`);
      else if (members.length > 0)
        report(`names ${id}`, `The names of group ${id} are not shown: grant User.ReadBasic.All.`);
    } catch (error) {
      const { status } = failureOf(error);
      if (status !== 404 && status !== 400 && status !== 403) throw error;
      if (status !== 403) delete kept.groups[group.toLowerCase()];
      report(
        id,
        status === 403
          ? `Group ${id} cannot be read: grant GroupMember.Read.All.`
          : `Group ${id} is not in the tenant: check group: in the configuration.`,
      );
    }
  }

  function report(key: string, message: string): void {
    if (reported.has(key)) return;
    reported.set(key, message);
    log.warn(message);
  }

  async function readAll(): Promise<void> {
    const before = JSON.stringify(kept);
    const isAll = left.length === 0 || clock.monotonic() >= allDueAt;
    const due = isAll ? jobs : left;
    if (isAll) allDueAt = clock.monotonic() + refreshMs;
    left = [];
    let failure: unknown;
    for (let first = 0; first < due.length; first += atATime) {
      const lot = due.slice(first, first + atATime);
      const done = await Promise.allSettled(lot.map((job) => job()));
      const failed = lot.filter((_, index) => done[index]!.status === 'rejected');
      left.push(...failed);
      failure ??= done.find((each) => each.status === 'rejected')?.reason;
      // One who fails does not hold up the others; where all do, Graph is away.
      if (failed.length < lot.length) continue;
      left.unshift(...due.slice(first + atATime));
      break;
    }
    assemble();
    if (JSON.stringify(kept) !== before) await store.write(file, kept);
    if (failure !== undefined) throw failure;
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      sleeping = new AbortController();
      let wait = refreshMs;
      try {
        await readAll();
        fault = null;
      } catch (error) {
        const failure = failureOf(error);
        if (!stopping.signal.aborted && !(error instanceof SignInNeeded) && fault === null) {
          log.warn(
            `People cannot be looked up: ${failure.status || ''} ${failure.message || reasonOf(error)}`,
          );
        }
        fault = reasonOf(error);
        wait = Math.max(retryMs, (failure.retryAfter ?? 0) * 1000);
      }
      await sleep(clock, wait, sleeping.signal);
    }
  }

  assemble();
  return {
    start() {
      if (names.size + groups.length > 0) loop = run();
    },
    roster: () => roster,
    objectIds: () => [...found.keys()],
    personOf: (objectId) => found.get(objectId.toLowerCase()) ?? [],
    fault: () => fault,
    lookUp: readAll,
    troubles: () => [...reported.values()],
    refresh() {
      left = [];
      sleeping.abort();
    },
    answered(asked, presences) {
      for (const objectId of asked) {
        const words = presences.get(objectId);
        const who = (found.get(objectId) ?? [objectId]).join(', ');
        if (!words) {
          strangers.add(objectId);
          report(
            `gone ${objectId}`,
            `Person ${who} has no presence: deleted in Entra, or a wrong object id.`,
          );
          continue;
        }
        strangers.delete(objectId);
        reported.delete(`gone ${objectId}`);
        if ((words.availability ?? '').toLowerCase() !== 'presenceunknown') {
          reported.delete(`unknown ${objectId}`);
          continue;
        }
        report(
          `unknown ${objectId}`,
          `Microsoft knows no presence of person ${who}: no mailbox in the cloud, no Teams, or not shared.`,
        );
      }
    },
    strangers: () => strangers,
    addStrangers(objectIds) {
      for (const objectId of objectIds) strangers.add(objectId);
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async stop() {
      stopping.abort();
      sleeping.abort();
      listeners.clear();
      await loop;
    },
  };
}
