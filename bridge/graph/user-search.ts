/** People of the tenant by the beginning of a name or an address (Microsoft Learn, "List users", `$search`). */
import { failureOf, type Graph } from './client.ts';
import { SignInNeeded } from './sign-in/refusal.ts';

const most = 10;

export interface FoundUser {
  user: string;
  objectId: string;
  name: string;
  job: string | null;
}

/** Why nobody can be searched, in words, and what it needs. */
export class SearchRefused extends Error {
  readonly need: 'sign-in' | 'consent' | undefined;

  constructor(message: string, need?: 'sign-in' | 'consent') {
    super(message);
    this.need = need;
  }
}

/** @throws SearchRefused */
export async function searchUsers(graph: Graph, search: string): Promise<FoundUser[]> {
  // What would end the quoted clause has no place in a name.
  const text = search.replace(/["\\]/g, ' ').trim();
  if (text === '') return [];
  const clauses = ['displayName', 'userPrincipalName', 'mail'].map((field) => `"${field}:${text}"`);
  try {
    const answer = (await graph.get(
      '/users',
      {
        $search: clauses.join(' OR '),
        $select: 'id,displayName,userPrincipalName,jobTitle',
        $top: String(most),
      },
      { ConsistencyLevel: 'eventual' },
    )) as { value?: Record<string, unknown>[] } | undefined;
    return (answer?.value ?? [])
      .slice(0, most)
      .flatMap(({ id, displayName, userPrincipalName, jobTitle }) => {
        if (typeof id !== 'string' || typeof userPrincipalName !== 'string') return [];
        const name = typeof displayName === 'string' ? displayName : userPrincipalName;
        return [
          {
            user: userPrincipalName,
            objectId: id,
            name,
            job: typeof jobTitle === 'string' ? jobTitle : null,
          },
        ];
      });
  } catch (error) {
    if (error instanceof SignInNeeded) throw new SearchRefused('Sign in to Microsoft first.', 'sign-in');
    const { status, message } = failureOf(error);
    if (status === 403) {
      throw new SearchRefused('Microsoft refused: grant User.ReadBasic.All and sign in again.', 'consent');
    }
    throw new SearchRefused(`Microsoft did not answer the search (${status || message}): try again.`);
  }
}
