/** Who there is, and what others may know of each: the people of the configuration, and members of groups. */
import type { PersonView } from '../../protocol/payloads.ts';
import type { Status } from '../../protocol/status.ts';
import type { Roster, RosterPerson } from '../graph/people.ts';
import type { Board, PersonPresence } from '../presence/board.ts';
import { type Overrides, withOverride } from '../presence/override.ts';
import { createShares, type Share, sharedStatus } from '../presence/share.ts';
import type { SayRoom } from './say.ts';

export interface RosterRoom {
  has(id: string): boolean;
  ids(): string[];
  /** The name that others see. */
  nameOf(id: string): string;
  /** The people of a group, or nothing when the id is a person's. */
  membersOf(id: string): readonly string[] | undefined;
  /** What others may know of a person; nothing past here sees more. */
  presenceOf(id: string): PersonPresence & Pick<PersonView, 'override'>;
  /** A status of a person at what is shared now. */
  shared(id: string, status: Status): Status;
  /** A person of a light who is nowhere, such as a former member of a group, is unknown. */
  statusOf(id: string): Status;
  /** From now on these are there; the answer is who is gone. */
  take(roster: Roster): string[];
  /** What the configuration lets be seen of a person; nothing when there is none. */
  grantedOf(id: string): Share | undefined;
}

export function createRosterRoom(ports: {
  board: Board;
  byHand: Overrides<Status>;
  /** The person's own, lower, and whether nothing is to be seen for now. */
  say: Pick<SayRoom, 'shareOf' | 'isPaused'>;
}): RosterRoom {
  const { board, byHand, say } = ports;
  const people = new Map<string, RosterPerson>();
  let groups: Roster['groups'] = new Map();
  const shared = createShares();

  function presenceOf(id: string): PersonPresence & Pick<PersonView, 'override'> {
    const share = say.shareOf(id, people.get(id)!.share);
    if (say.isPaused(id)) return { ...shared(paused(board.get(id)!), share), override: null };
    const set = byHand.get(id);
    const override = set && {
      status: sharedStatus(set.value, share),
      until: new Date(set.until).toISOString(),
    };
    return { ...shared(withOverride(board.get(id)!, set), share), override: override ?? null };
  }

  return {
    has: (id) => people.has(id),
    ids: () => [...people.keys()],
    nameOf: (id) => people.get(id)?.name ?? id,
    membersOf: (id) => groups.get(id),
    grantedOf: (id) => people.get(id)?.share,
    presenceOf,
    shared: (id, status) => sharedStatus(status, say.shareOf(id, people.get(id)?.share ?? 'full')),
    statusOf: (id) => (people.has(id) ? presenceOf(id).status : 'unknown'),
    take(roster) {
      const before = [...people.keys()];
      people.clear();
      for (const person of roster.people) people.set(person.id, person);
      groups = roster.groups;
      board.setPeople([...people.keys()]);
      return before.filter((id) => !people.has(id));
    },
  };
}

/** Not even since when, or how lately, something is known. */
const paused = (presence: PersonPresence): PersonPresence => ({
  ...presence,
  status: 'unknown',
  availability: null,
  activity: null,
  outOfOffice: null,
  fresh: false,
  source: 'none',
});
