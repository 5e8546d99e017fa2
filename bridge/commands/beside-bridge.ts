/** A running bridge is asked through its control socket; without one a command works on the files, under the lock. */
import { request } from 'node:http';
import { systemClock } from '../../protocol/clock.ts';
import { takeLock } from '../lock.ts';
import { type Accounts, openAccounts } from '../mqtt/accounts.ts';
import { openStore, type Store } from '../store.ts';

/** The bridge's answer, or nothing when no bridge runs on this data directory. */
export function askBridge(
  store: Store,
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  path: string,
  body?: object,
): Promise<unknown> {
  return askSocket(store.path('control.sock'), method, path, body);
}

/** The same for who must not write in the data directory. */
export function askSocket(
  socketPath: string,
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  path: string,
  body?: object,
): Promise<unknown> {
  const headers = body ? { 'content-type': 'application/json' } : {};
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, method, path, headers, timeout: 5_000 }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () =>
        response.statusCode === 200
          ? resolve(JSON.parse(text))
          : reject(new Error(`The bridge refused: ${text}`)),
      );
    });
    sent.on('timeout', () => sent.destroy(new Error('The running bridge does not answer: restart it.')));
    sent.on('error', (error: NodeJS.ErrnoException) =>
      error.code === 'ENOENT' || error.code === 'ECONNREFUSED' ? resolve(undefined) : reject(error),
    );
    sent.end(body && JSON.stringify(body));
  });
}

/** What a command changes of lamps' keys and consumers' passwords; each says whether a bridge is running. */
export type Credentials = Pick<
  Accounts,
  'mintLamp' | 'mintUser' | 'chooseUser' | 'removeLamp' | 'removeUser' | 'revokeAll'
>;

/** Runs `work` on a running bridge's accounts, or on the files; `users` are those of the configuration, where they matter. */
export async function withCredentials<T>(
  data: string,
  work: (credentials: Credentials, beside: boolean) => Promise<T>,
  users: Parameters<typeof openAccounts>[1] = [],
): Promise<T> {
  const store = openStore(data);
  const beside = (await askBridge(store, 'GET', '/lights')) !== undefined;
  if (beside) {
    const ask = askBridge.bind(null, store);
    const remote: Credentials = {
      mintLamp: async (id) => ((await ask('POST', `/lights/${id}/key`)) as { key: string }).key,
      mintUser: async (name) =>
        ((await ask('POST', `/users/${name}/password`)) as { password: string }).password,
      chooseUser: async (name, password) => void (await ask('PUT', `/users/${name}/password`, { password })),
      revokeAll: async () => ((await ask('DELETE', '/secrets')) as { revoked: string[] }).revoked,
      removeLamp: async (id) => void (await ask('DELETE', `/lights/${id}/key`)),
      removeUser: async (name) => void (await ask('DELETE', `/users/${name}/password`)),
    };
    return work(remote, true);
  }
  const unlock = takeLock(store);
  try {
    return await work(openAccounts(store, users), false);
  } finally {
    unlock();
  }
}

/** Has a running bridge look at its configuration; the answer is a sentence on what became of the change. */
export async function takenUp(data: string, good: string): Promise<string> {
  const answer = (await askBridge(openStore(data), 'POST', '/configuration')) as { refused: string | null };
  const why = answer.refused?.split('\n')[0];
  return why ? `The running bridge does not take the file: ${why}` : good;
}

/** Polls until `done` answers; one look a second is enough for a person at a terminal. */
export async function until<T>(done: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const result = await done();
    if (result !== undefined) return result;
    await new Promise<void>((resolve) => systemClock.after(1_000, resolve));
  }
}
