/** Which user an account is bound to, and when the refresh token was last used: one small file for each account. */
import type { Store } from '../../store.ts';

interface Bound {
  /** MSAL's id of the account: the object id, a dot, the tenant. */
  home: string;
  /** Wall clock, ms. */
  usedAt: number;
}

export interface Binding {
  home(): string | undefined;
  /** Wall clock, ms; nothing before the first sign-in. */
  usedAt(): number | undefined;
  /** In lower case. */
  objectId(): string | undefined;
  bind(home: string, now: number): Promise<void>;
  release(): Promise<void>;
}

export function openBinding(store: Store, file: string): Binding {
  const read = () => store.read<Partial<Bound>>(file, ({ home = '' }) => typeof home === 'string');
  return {
    home: () => read()?.home,
    usedAt: () => read()?.usedAt,
    objectId: () => read()?.home?.split('.')[0]?.toLowerCase(),
    bind: (home, usedAt) => store.write(file, { home, usedAt } satisfies Bound),
    release: () => store.write(file, {}),
  };
}
