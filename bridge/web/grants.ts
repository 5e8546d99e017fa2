/** Tokens of scripts, links of people and boards, pairings of lamps: minted here, kept only as hashes. */
import { createHash, randomBytes } from 'node:crypto';
import { type Clock, iso } from '../../protocol/clock.ts';
import type { Store } from '../store.ts';

const file = 'grants.json';
const mostGrants = 1_000;

/** `pairing` is the code that makes one `lamp`. */
export type GrantKind = 'api' | 'person' | 'board' | 'pairing' | 'lamp';

export interface Grant {
  id: string;
  kind: GrantKind;
  /** The person, or the light. */
  of: string | null;
  name: string;
  scope?: 'read' | 'control' | 'admin' | undefined;
  createdAt: string;
  usedAt: string | null;
  /** ISO-8601 */
  endsAt?: string;
}

interface Stored extends Grant {
  sha256: string;
}

export interface Grants {
  list(): Grant[];
  /** Who holds this token, of this kind; nothing when it is unknown or over. */
  find(token: string, kind: GrantKind): Grant | undefined;
  /** 256 random bits, shown once. @throws when there are too many */
  mint(
    grant: Pick<Grant, 'kind' | 'of' | 'name'> & { scope?: Grant['scope']; forMs?: number },
  ): Promise<{ id: string; token: string; endsAt?: string }>;
  /** False when there is none. */
  revoke(id: string): Promise<boolean>;
  /** Every grant of these kinds for one person or light. */
  revokeOf(kinds: readonly GrantKind[], of: string): Promise<void>;
}

const isStored = (list: unknown): boolean =>
  Array.isArray(list) &&
  list.every((one: Partial<Stored> | null) => typeof one?.id === 'string' && typeof one.sha256 === 'string');

export function openGrants(store: Store, clock: Clock): Grants {
  let grants = new Map((store.read<Stored[]>(file, isStored) ?? []).map((grant) => [grant.sha256, grant]));
  const save = () => store.write(file, [...grants.values()]);
  const isOver = ({ endsAt }: Grant) => endsAt !== undefined && Date.parse(endsAt) <= clock.now();

  async function keep(stays: (grant: Stored) => boolean): Promise<boolean> {
    const before = grants.size;
    grants = new Map([...grants].filter(([, grant]) => stays(grant)));
    if (grants.size === before) return false;
    await save();
    return true;
  }

  return {
    list: () =>
      [...grants.values()].filter((grant) => !isOver(grant)).map(({ sha256: _, ...grant }) => grant),
    find(token, kind) {
      if (token === '') return undefined;
      // Looked up by hash: how long it takes tells nothing of the token.
      const grant = grants.get(hashOf(token));
      if (grant?.kind !== kind || isOver(grant)) return undefined;
      grant.usedAt = iso(clock.now());
      return grant;
    },
    async mint({ forMs, ...grant }) {
      grants = new Map([...grants].filter(([, one]) => !isOver(one)));
      if (grants.size >= mostGrants) {
        throw Object.assign(new Error('There are too many links and tokens: revoke some.'), {
          statusCode: 409,
        });
      }
      const token = randomBytes(32).toString('base64url');
      const id = randomBytes(6).toString('hex');
      const endsAt = forMs === undefined ? {} : { endsAt: iso(clock.now() + forMs) };
      const sha256 = hashOf(token);
      grants.set(sha256, { ...grant, id, sha256, createdAt: iso(clock.now()), usedAt: null, ...endsAt });
      await save();
      return { id, token, ...endsAt };
    },
    revoke: (id) => keep((grant) => grant.id !== id),
    async revokeOf(kinds, of) {
      await keep((grant) => grant.of !== of || !kinds.includes(grant.kind));
    },
  };
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
