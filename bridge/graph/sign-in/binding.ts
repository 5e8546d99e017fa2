/** Which user an account is bound to, whether somebody confirmed that, and when the refresh token was last used. */
import type { Store } from '../../store.ts';

interface Bound {
  /** MSAL's id of the account: the object id, a dot, the tenant. */
  home: string;
  /** Wall clock, ms. */
  usedAt: number;
  /** Nobody said yet that this is the account to use. */
  unconfirmed: boolean;
}

export interface Binding {
  home(): string | undefined;
  /** Wall clock, ms; nothing before the first sign-in. */
  usedAt(): number | undefined;
  /** In lower case. */
  objectId(): string | undefined;
  unconfirmed(): boolean;
  bind(home: string, usedAt: number, unconfirmed: boolean): Promise<void>;
  release(): Promise<void>;
}

export function openBinding(store: Store, file: string): Binding {
  const read = () => store.read<Partial<Bound>>(file, ({ home = '' }) => typeof home === 'string');
  return {
    home: () => read()?.home,
    usedAt: () => read()?.usedAt,
    objectId: () => read()?.home?.split('.')[0]?.toLowerCase(),
    unconfirmed: () => read()?.unconfirmed === true,
    bind: (home, usedAt, unconfirmed) => store.write(file, { home, usedAt, unconfirmed } satisfies Bound),
    release: () => store.write(file, {}),
  };
}
