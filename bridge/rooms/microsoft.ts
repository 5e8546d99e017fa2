/** What the page may ask of Microsoft: the set-up, the sign-in, the search. */
import type { Clock } from '../../protocol/clock.ts';
import type { Config } from '../config/schema.ts';
import type { GraphSide } from '../graph/graph-side.ts';
import { checkTenant, registrationFor } from '../graph/registration.ts';
import type { MicrosoftPort, SetUpPort } from '../web/ports.ts';

export function createSetUp(clock: Clock, config: () => Config): SetUpPort {
  return {
    registration: () => registrationFor(config().microsoft, config()),
    async checkTenant(asked) {
      const result = await checkTenant(asked, clock);
      return result.ok ? { ...result, ...registrationFor(asked, config()) } : result;
    },
  };
}

/** What the page may ask of the graph side in use; nothing in set-up mode. */
export function microsoftPort(side: GraphSide | undefined, config: () => Config): MicrosoftPort | undefined {
  if (!side) return undefined;
  const { accounts } = side;
  return {
    states: accounts.states,
    find: accounts.find,
    finish: accounts.finish,
    status: side.status,
    counters: side.counters,
    async search(text) {
      const known = (name: string) =>
        config().people.find(({ user }) => user.toLowerCase() === name.toLowerCase())?.id;
      return (await side.search(text)).map((found) => ({
        ...found,
        known: known(found.user) ?? known(found.objectId) ?? null,
      }));
    },
  };
}
