/** The room of Microsoft Graph: sign-in, reads, subscriptions and notifications, behind one start and one stop. */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../../protocol/clock.ts';
import type { Config, MicrosoftConfig } from '../config/schema.ts';
import type { Log } from '../log.ts';
import type { Reading } from '../presence/board.ts';
import type { Store } from '../store.ts';
import type { Accounts } from './accounts.ts';
import { createGraph, type Graph } from './client.ts';
import type { Cloud } from './clouds.ts';
import { counted, type SubscriptionCounters } from './counted.ts';
import { type GraphDiagnosis, permissionsIn } from './diagnosis.ts';
import { openEncryptionKeys } from './encryption-key.ts';
import { createInbox, type InboxCounters } from './inbox.ts';
import { createLane, type Lane } from './lane.ts';
import type { NotificationSink } from './notification.ts';
import { createDirectory, type Roster } from './people.ts';
import type { SignIn } from './sign-in/sign-in.ts';
import { createSignInSide } from './sign-in-side.ts';
import { spread } from './spread.ts';
import { createSubscription } from './subscription.ts';
import { watchTime } from './time-leap.ts';
import { type FoundUser, searchUsers } from './user-search.ts';
import { createValidationTokens } from './validation-token.ts';
import { createWriteBack, type WriteBack } from './write-back.ts';

/** A read that hangs is given up early enough for the next one to come in time (contract section 3). */
const slackMs = 3_000;
const longestReadMs = 10_000;
/** Those whom no account can watch: they are polled. */
const overflow = '';

export interface GraphStatus {
  source: 'push' | 'poll' | 'none';
  /** Why it is not push, or why there is nothing. */
  why: string;
  /** The subscription that ends first. */
  subscription: { expiresAt: string } | null;
  /** ISO-8601 */
  lastGraphContact: string | null;
}

export interface GraphSide {
  accounts: Accounts;
  status(): GraphStatus;
  diagnosis(): GraphDiagnosis;
  roster(): Roster;
  counters(): InboxCounters;
  subscriptions(): SubscriptionCounters;
  writeBack: Omit<WriteBack, 'heard' | 'stop'>;
  /** People of the tenant by the beginning of a name. @throws SearchRefused */
  search(text: string): Promise<FoundUser[]>;
  /** Where the hooks hand over what Graph posts. */
  sink: NotificationSink;
  /** Calls when `status` may have changed. */
  onChange(listener: () => void): () => void;
  start(): void;
  stop(): Promise<void>;
}

/** @throws ConfigError when a file that microsoft: names cannot be read */
export async function createGraphSide(
  config: Config,
  microsoft: MicrosoftConfig,
  ports: {
    clock: Clock;
    log: Log;
    store: Store;
    random: () => number;
    /** Where Graph reaches the hooks; absent = it cannot, so presence is polled. */
    publicUrl: (() => string) | undefined;
    /** False when it is no news. */
    onReading: (reading: Reading) => boolean;
    /** Other people than before. */
    onRoster?: (roster: Roster) => void;
    /** The machine slept, or its clock was set ahead, for so many ms. */
    onGap?: (ms: number) => void;
    /** Somebody whose presence was written chose another in Teams since. */
    onOutdone?: (person: string) => void;
    /** How long an encryption key is used, ms. */
    keyLifeMs?: number;
  },
): Promise<GraphSide> {
  const { clock, log, store, random } = ports;
  const { source } = config;
  const { cloud, fetch, accounts, close } = createSignInSide(config, microsoft, ports);
  const timeoutMs = Math.min(longestReadMs, source.pollSeconds * 1000 + slackMs);
  const listeners = new Set<() => void>();
  const tell = () => {
    for (const listener of listeners) listener();
  };

  const clients = new Map<string, Graph>();
  for (const { account, token, refused } of accounts.all()) {
    clients.set(account, createGraph({ cloud, fetch, token, refused, timeoutMs, now: clock.now }));
  }
  const good = () => accounts.states().flatMap((each) => (each.status === 'needed' ? [] : [each.account]));
  /** The account's own client, or that of one whose sign-in is good. */
  const clientFor = (account: string): Graph => {
    const usable = good();
    return clients.get(usable.includes(account) ? account : (usable[0] ?? microsoft.accounts[0]!))!;
  };

  const { people, groups } = config;
  const graph = () => clientFor(microsoft.accounts[0]!);
  const directory = createDirectory({ graph, people, groups, store, clock, log });
  const keys = await openEncryptionKeys(store, clock, ports.keyLifeMs);
  const clientState = randomUUID();
  const { publicUrl } = ports;
  const whyNoPush = reasonAgainstPush(config, microsoft, cloud, publicUrl !== undefined);

  let places = new Map<string, string>();
  let ofLane = new Map<string, string[]>();
  const read = (person: 'push' | 'poll', objectId: string, words: Reading['words'], asOf: number) => {
    for (const id of directory.personOf(objectId)) {
      // A late word is not somebody's later choice.
      if (ports.onReading({ person: id, words, source: person, asOf })) writeBack.heard(id, words);
    }
  };

  const subscriptions: SubscriptionCounters = { created: 0, renewed: 0, failed: 0 };
  function laneOf(account: string): Lane {
    const objectIds = () => ofLane.get(account) ?? [];
    const known = () => objectIds().filter((id) => !directory.strangers().has(id));
    const subscription =
      whyNoPush === '' && account !== overflow && publicUrl
        ? counted(
            createSubscription({
              graph: clients.get(account)!,
              clock,
              random,
              keys,
              clientState,
              publicUrl,
              objectIds: known,
              onUnknown: directory.addStrangers,
              log,
            }),
            subscriptions,
          )
        : undefined;
    return createLane({
      source,
      reader: () => clientFor(account),
      objectIds,
      watched: known,
      subscription,
      whyNoPush:
        whyNoPush || (account === overflow ? 'more people than the accounts can watch' : 'push begins'),
      clock,
      onReading: (objectId, words, asOf) => read('poll', objectId, words, asOf),
      onAnswered: directory.answered,
      onChange: tell,
      log,
    });
  }

  const lanes = new Map([...microsoft.accounts, overflow].map((account) => [account, laneOf(account)]));
  const laneFor = (objectId: string) => lanes.get(places.get(objectId) ?? overflow)!;

  /** Everybody in a lane; only lanes whose people are others than before hear of it. */
  function place(): void {
    const usable = good();
    const ids = directory.objectIds();
    // Polling knows no limit, and before anybody signed in there is nothing to spread over.
    const over = usable.length > 0 ? usable : microsoft.accounts;
    places = whyNoPush === '' ? spread(places, ids, over) : new Map(ids.map((id) => [id, over[0]!]));
    const next = new Map<string, string[]>();
    for (const id of ids) {
      const account = places.get(id) ?? overflow;
      next.set(account, [...(next.get(account) ?? []), id]);
    }
    const beyond = next.get(overflow)?.length ?? 0;
    if (beyond > 0 && beyond !== ofLane.get(overflow)?.length) {
      log.warn(
        `${beyond} people are more than the accounts can watch, and are polled: add to microsoft.accounts.`,
      );
    }
    const before = ofLane;
    ofLane = next;
    for (const [account, lane] of lanes) {
      if ((before.get(account) ?? []).join() !== (next.get(account) ?? []).join()) lane.peopleChanged();
    }
  }

  const writeBack = createWriteBack({
    clock,
    log,
    writerOf(person) {
      if (!people.find(({ id }) => id === person)?.writeBack) return undefined;
      const objectId = directory.objectIds().find((id) => directory.personOf(id).includes(person));
      if (objectId === undefined) return undefined;
      const mine = (signIn: SignIn) => microsoft.signIn === 'app' || signIn.objectId() === objectId;
      const account = accounts.all().find(mine)?.account;
      return account === undefined ? undefined : { graph: clients.get(account)!, objectId };
    },
    onOutdone: (person) => ports.onOutdone?.(person),
    onEnded() {
      for (const lane of lanes.values()) lane.readNow();
    },
  });

  const inbox = createInbox({
    clock,
    clientState,
    keys,
    tokens: createValidationTokens({
      cloud,
      clientId: microsoft.clientId,
      fetch,
      now: () => clients.get(microsoft.accounts[0]!)!.now(),
    }),
    tenantId: accounts.tenantId,
    onPresence(objectId, words, asOf) {
      laneFor(objectId).pushed(objectId, words);
      read('push', objectId, words, asOf);
    },
    onDoubt(objectIds) {
      const known = objectIds.filter((id) => places.has(id));
      for (const id of known) laneFor(id).pushed(id);
      const doubted = known.length > 0 ? new Set(known.map(laneFor)) : new Set(lanes.values());
      for (const lane of doubted) lane.readNow();
    },
    onLifecycle(subscriptionId, event) {
      for (const lane of lanes.values()) lane.lifecycle(subscriptionId, event);
    },
    log,
  });

  let wasGood = '';
  accounts.onChange(() => {
    const isGood = good().join();
    if (isGood !== wasGood) {
      wasGood = isGood;
      place();
      directory.refresh();
      for (const lane of lanes.values()) lane.readNow();
    }
    tell();
  });
  directory.onChange(() => {
    place();
    ports.onRoster?.(directory.roster());
    tell();
  });
  let stopTime = () => {};

  function status(): GraphStatus {
    const active = [...lanes].filter(([account]) => (ofLane.get(account)?.length ?? 0) > 0);
    return statusOf(
      active.map(([, lane]) => lane.status()),
      directory.fault() ?? (good().length === 0 ? 'nobody is signed in to Microsoft' : null),
    );
  }

  return {
    accounts,
    roster: directory.roster,
    counters: inbox.counters,
    subscriptions: () => ({ ...subscriptions }),
    search: (text) => searchUsers(graph(), text),
    sink: inbox,
    writeBack,
    status,
    diagnosis() {
      const { source, why } = status();
      const held = accounts.all().find((signIn) => signIn.held() !== undefined);
      return {
        accounts: accounts.states(),
        permissions: permissionsIn(config, held?.held()),
        source,
        why,
        people: directory.objectIds().length,
        troubles: directory.troubles(),
      };
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    start() {
      place();
      accounts.start();
      directory.start();
      for (const lane of lanes.values()) lane.start();
      stopTime = watchTime(clock, (leap) => {
        log.info(`Time made a leap of ${Math.round(leap / 1000)} s: everything is read anew.`);
        if (leap > 0) ports.onGap?.(leap);
        for (const lane of lanes.values()) lane.leapt();
      });
    },
    async stop() {
      stopTime();
      listeners.clear();
      accounts.stop();
      writeBack.stop();
      await inbox.idle();
      await Promise.all([directory.stop(), ...[...lanes.values()].map((lane) => lane.stop())]);
      await close();
    },
  };
}

/** Why there is no push at all; empty when there is. */
function reasonAgainstPush(
  config: Config,
  { signIn }: MicrosoftConfig,
  cloud: Cloud,
  reachable: boolean,
): string {
  if (config.source.mode === 'poll') return 'source.mode is poll';
  if (signIn === 'app') return 'signIn is app, and Graph allows presence push to users only';
  if (!cloud.push) return 'this cloud has no presence push';
  return reachable ? '' : 'there is no source.publicUrl';
}

type LaneStatus = ReturnType<Lane['status']>;

/** All lanes in one: as good as the worst. */
function statusOf(lanes: readonly LaneStatus[], fault: string | null): GraphStatus {
  const worst = (['none', 'poll', 'push'] as const).find((source) =>
    lanes.some((lane) => lane.source === source),
  );
  const ends = lanes.flatMap((lane) => lane.expiresAt ?? []);
  const contacts = lanes.flatMap((lane) => lane.lastContact ?? []);
  return {
    source: worst ?? (fault === null ? 'poll' : 'none'),
    why: lanes.find((lane) => lane.source === worst)?.why ?? fault ?? 'there are no people',
    subscription: ends.length > 0 ? { expiresAt: new Date(Math.min(...ends)).toISOString() } : null,
    lastGraphContact: contacts.length > 0 ? new Date(Math.max(...contacts)).toISOString() : null,
  };
}
