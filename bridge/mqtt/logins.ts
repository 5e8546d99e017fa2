/** Checks credentials, one after the other for each name, so that many guesses at once are slowed like many in a row. */
import type { LoginThrottle } from './login-throttle.ts';

export interface Logins {
  /** The account that `check` finds; nothing when it finds none, or when this name may not even be tried now. */
  run<Account>(
    address: string,
    username: string,
    check: () => Account | undefined | Promise<Account | undefined>,
  ): Promise<Account | undefined>;
}

export function createLogins(throttle: LoginThrottle): Logins {
  const waiting = new Map<string, Promise<unknown>>();
  return {
    run(address, username, check) {
      const turn = (waiting.get(username) ?? Promise.resolve()).then(async () => {
        // Not tried is not wrong: who asks all the time would never be heard again.
        if (!throttle.mayTry(address, username)) return undefined;
        const account = await attempt(check);
        if (account) throttle.succeeded(address, username);
        else throttle.failed(address, username);
        return account;
      });
      waiting.set(username, turn);
      void turn.then(() => {
        if (waiting.get(username) === turn) waiting.delete(username);
      });
      return turn;
    },
  };
}

/** A check that cannot be made lets nobody in. */
async function attempt<Found>(check: () => Found | Promise<Found>): Promise<Found | undefined> {
  try {
    return await check();
  } catch {
    return undefined;
  }
}
