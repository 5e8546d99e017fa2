/** The part of the Graph side that can sign in, and no more. */
import type { Clock } from '../../protocol/clock.ts';
import type { Config, MicrosoftConfig } from '../config/schema.ts';
import type { Log } from '../log.ts';
import type { Store } from '../store.ts';
import { createAccounts } from './accounts.ts';
import { cloudOf } from './clouds.ts';
import { createFetch } from './http.ts';
import { permissionsFor } from './permissions.ts';
import { createSignIn, type SignIn } from './sign-in/sign-in.ts';

/**
 * @param asks whether somebody is asked to sign in when it is needed; true unless told
 * @throws ConfigError when a file that microsoft: names cannot be read
 */
export function createSignInSide(
  config: Config,
  microsoft: MicrosoftConfig,
  ports: { clock: Clock; log: Log; store: Store },
  { asks = true } = {},
) {
  const cloud = cloudOf(microsoft);
  const { caFile, proxy } = microsoft;
  const { fetch, close } = createFetch({ clock: ports.clock, caFile, proxy });
  const scopes = permissionsFor(config).map(({ name }) => name);
  const signIns: SignIn[] = microsoft.accounts.map((account) =>
    createSignIn({
      ...ports,
      account,
      microsoft,
      cloud,
      scopes,
      fetch,
      asks,
      takenBy: (username) =>
        signIns.find((each) => each.account !== account && each.state().username === username)?.account,
    }),
  );
  return { cloud, fetch, close, accounts: createAccounts(signIns, ports.clock) };
}
