/** Who may use the page: claimed once with the code from the log, then by password; sessions live in memory. */
import { createHash, randomBytes, randomInt, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import type { Clock } from '../../protocol/clock.ts';
import type { Store } from '../store.ts';

const file = 'web-password.json';
const sessionLifeMs = 30 * 24 * 60 * 60_000;
const mostSessions = 100;
/** Guesses at a password or a code: this many, then one each `guessEveryMs`. */
const freeGuesses = 5;
const guessEveryMs = 10_000;
/** No letters or digits that look alike. */
const codeLetters = 'ABCDEFGHJKMNPQRSTUVWXYZ23456789';

export const shortestPassword = 10;

const hash = promisify(scrypt) as (password: string, salt: Buffer, length: number) => Promise<Buffer>;

export type Refusal = 'wrong' | 'slow-down' | 'claimed' | 'too-short';

export interface Sessions {
  claimed(): boolean;
  /** The code that opens an unclaimed bridge; new at each start. */
  claimCode: string;
  /** A session token, or why not. */
  claim(code: string, password: string): Promise<{ token: string } | { refused: Refusal }>;
  open(password: string): Promise<{ token: string } | { refused: Refusal }>;
  isOpen(token: string): boolean;
  close(token: string): void;
}

export function createSessions(store: Store, clock: Clock): Sessions {
  let stored = store.read<{ salt: string; scrypt: string }>(
    file,
    ({ salt, scrypt }) => typeof salt === 'string' && typeof scrypt === 'string',
  );
  const sessions = new Map<string, number>();
  const claimCode = Array.from({ length: 8 }, () => codeLetters[randomInt(codeLetters.length)]).join('');
  let guesses = freeGuesses;
  let guessedAt = clock.monotonic();

  /** One bucket for everybody: slow for a guesser, and a person who knows the password needs one try. */
  function mayGuess(): boolean {
    const now = clock.monotonic();
    guesses = Math.min(freeGuesses, guesses + (now - guessedAt) / guessEveryMs);
    guessedAt = now;
    if (guesses < 1) return false;
    guesses--;
    return true;
  }

  function newSession(): { token: string } {
    const token = randomBytes(32).toString('base64url');
    sessions.set(fingerprint(token), clock.monotonic() + sessionLifeMs);
    if (sessions.size > mostSessions) sessions.delete(sessions.keys().next().value!);
    guesses = freeGuesses;
    return { token };
  }

  return {
    claimed: () => stored !== undefined,
    claimCode,
    async claim(code, password) {
      if (stored) return { refused: 'claimed' };
      if (password.length < shortestPassword) return { refused: 'too-short' };
      if (!mayGuess()) return { refused: 'slow-down' };
      if (!sameText(code.replace(/[\s-]/g, '').toUpperCase(), claimCode)) return { refused: 'wrong' };
      const salt = randomBytes(16);
      stored = { salt: salt.toString('hex'), scrypt: (await hash(password, salt, 32)).toString('hex') };
      await store.write(file, stored);
      return newSession();
    },
    async open(password) {
      if (!mayGuess()) return { refused: 'slow-down' };
      if (!stored) return { refused: 'wrong' };
      const given = await hash(password, Buffer.from(stored.salt, 'hex'), 32);
      return timingSafeEqual(given, Buffer.from(stored.scrypt, 'hex')) ? newSession() : { refused: 'wrong' };
    },
    isOpen: (token) => (sessions.get(fingerprint(token)) ?? 0) > clock.monotonic(),
    close: (token) => void sessions.delete(fingerprint(token)),
  };
}

function fingerprint(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

function sameText(a: string, b: string): boolean {
  return timingSafeEqual(Buffer.from(fingerprint(a)), Buffer.from(fingerprint(b)));
}
