/** What is known of one account, told to whoever listens, and said in the log once. */
import type { SignInState } from '../../../protocol/sign-in.ts';
import type { Log } from '../../log.ts';

export interface AccountState {
  now(): SignInState;
  become(next: SignInState): void;
  /** Takes these fields away, without telling. */
  drop(...fields: ('prompt' | 'toConfirm' | 'trouble')[]): void;
  /** The same warning once, however often it is true. */
  say(text: string): void;
  /** All is well: the next warning is news again. */
  well(): void;
  /** Calls on each new state; the result removes the listener. */
  onChange(listener: (state: SignInState) => void): () => void;
  stop(): void;
}

export function createAccountState(first: SignInState, log: Log): AccountState {
  const listeners = new Set<(state: SignInState) => void>();
  let state = first;
  let said = '';
  return {
    now: () => state,
    become(next) {
      if (JSON.stringify(next) === JSON.stringify(state)) return;
      state = next;
      for (const listener of listeners) listener(state);
    },
    drop(...fields) {
      const rest = { ...state };
      for (const field of fields) delete rest[field];
      state = rest;
    },
    say(text) {
      if (said === text) return;
      said = text;
      log.warn(text);
    },
    well() {
      said = '';
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    stop: () => listeners.clear(),
  };
}

/** With more than one account, each line says which. */
export function namedLog(log: Log, account: string): Log {
  if (account === 'main') return log;
  const at = (level: keyof Log) => (message: string) => log[level](`Account ${account}: ${message}`);
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
