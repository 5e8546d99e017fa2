/** Who there is, and what others may know of each: the people of the configuration, and members of groups. */
import type { PersonView } from '../../protocol/payloads.ts';
import type { Status } from '../../protocol/status.ts';
import type { Roster, RosterPerson } from '../graph/people.ts';
import type { Board, PersonPresence } from '../presence/board.ts';
import { type Overrides, withOverride } from '../presence/override.ts';
import { createShares, sharedStatus } from '../presence/share.ts';

export interface RosterRoom {
  has(id: string): boolean;
  ids(): string[];
  /** Id -> the name that others see. */
  names(): ReadonlyMap<string, string>;
  /** The people of a group, or nothing when the id is a person's. */
  membersOf(id: string): readonly string[] | undefined;
  /** What others may know of a person; nothing past here sees more. */
  presenceOf(id: string): PersonPresence & Pick<PersonView, 'override'>;
  /** A person of a light who is nowhere, such as a former member of a group, is unknown. */
  statusOf(id: string): Status;
  /** From now on these are there. */
  take(roster: Roster): void;
}

export function createRosterRoom(ports: { board: Board; byHand: Overrides<Status> }): RosterRoom {
  const { board, byHand } = ports;
  const people = new Map<string, RosterPerson>();
  let groups: Roster['groups'] = new Map();
  const shared = createShares();

  function presenceOf(id: string): PersonPresence & Pick<PersonView, 'override'> {
    const set = byHand.get(id);
    const { share } = people.get(id)!;
    const override = set && {
      status: sharedStatus(set.value, share),
      until: new Date(set.until).toISOString(),
    };
    return { ...shared(withOverride(board.get(id)!, set), share), override: override ?? null };
  }

  return {
    has: (id) => people.has(id),
    ids: () => [...people.keys()],
    names: () => new Map([...people].map(([id, { name }]) => [id, name])),
    membersOf: (id) => groups.get(id),
    presenceOf,
    statusOf: (id) => (people.has(id) ? presenceOf(id).status : 'unknown'),
    take(roster) {
      people.clear();
      for (const person of roster.people) people.set(person.id, person);
      groups = roster.groups;
      board.setPeople([...people.keys()]);
    },
  };
}
