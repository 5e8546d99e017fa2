/** People of the configuration -> Entra object ids. A person who cannot be found does not hold up the others. */
import type { Log } from '../log.ts';
import { failureOf, type Graph } from './client.ts';

const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export interface Person {
  id: string;
  /** user principal name, or object id */
  user: string;
}

/** Whether someone is named by user principal name, which takes a further permission to look up. */
export const needsLookUp = (people: readonly Person[]): boolean =>
  people.some((person) => !guid.test(person.user));

export interface Directory {
  /** Looks up whoever is not known yet. @throws what a call rejects with when Graph is not there at all */
  resolve(): Promise<void>;
  /** Object ids of all who were found. */
  objectIds(): string[];
  personOf(objectId: string): string[];
}

export function createDirectory(options: { graph: Graph; people: readonly Person[]; log: Log }): Directory {
  const { graph, people, log } = options;
  const found = new Map<string, string[]>();
  const waiting = new Set<Person>(people);
  const reported = new Set<string>();

  function add(objectId: string, person: Person): void {
    const key = objectId.toLowerCase();
    found.set(key, [...(found.get(key) ?? []), person.id]);
    waiting.delete(person);
    if (reported.delete(person.id)) log.info(`Person ${person.id} was found in the tenant.`);
  }

  async function lookUp(person: Person): Promise<void> {
    try {
      const user = (await graph.get(`/users/${encodeURIComponent(person.user)}`, { $select: 'id' })) as {
        id?: unknown;
      };
      if (typeof user?.id !== 'string' || !guid.test(user.id)) throw new Error('the answer has no object id');
      add(user.id, person);
    } catch (error) {
      const failure = failureOf(error);
      if (failure.status !== 404 && failure.status !== 403) throw error;
      if (reported.has(person.id)) return;
      reported.add(person.id);
      log.warn(
        failure.status === 404
          ? `Person ${person.id} is not in the tenant: check user: in the configuration.`
          : `Person ${person.id} cannot be looked up: grant User.ReadBasic.All, or write the object id as user:.`,
      );
    }
  }

  for (const person of people) if (guid.test(person.user)) add(person.user, person);
  return {
    async resolve() {
      for (const person of waiting) await lookUp(person);
    },
    objectIds: () => [...found.keys()],
    personOf: (objectId) => found.get(objectId.toLowerCase()) ?? [],
  };
}
