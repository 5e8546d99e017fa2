/** Who may use the page: claimed once with the code from the log, then by password; sessions live in memory. */
import { createHash, randomBytes, randomInt, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import type { Clock } from '../../protocol/clock.ts';
import type { Store } from '../store.ts';

const file = 'web-password.json';
const sessionLifeMs = 30 * 24 * 60 * 60_000;
const mostSessions = 100;
/** So long after the password was given nothing asks for it again. */
const freshMs = 10 * 60_000;
/** Guesses at a password or a code: this many at once, then one each `everyMs`; from one address, and from all. */
const fromOne = { free: 5, everyMs: 10_000 };
const fromAll = { free: 50, everyMs: 1_000 };
const mostAddresses = 1_000;
/** OWASP, "Password Storage Cheat Sheet": scrypt with 16 MiB. */
const cost = { N: 2 ** 14, r: 8, p: 5 };
/** No letters or digits that look alike. */
const codeLetters = 'ABCDEFGHJKMNPQRSTUVWXYZ23456789';

export const shortestPassword = 10;

const hash = promisify(scrypt) as (
  password: string,
  salt: Buffer,
  length: number,
  cost: { N: number; r: number; p: number },
) => Promise<Buffer>;

export type Refusal = 'wrong' | 'slow-down' | 'claimed' | 'too-short';

export interface Sessions {
  claimed(): boolean;
  /** The code that opens an unclaimed bridge; new at each start. */
  claimCode: string;
  /** A session token, or why not. */
  claim(code: string, password: string, from: string): Promise<{ token: string } | { refused: Refusal }>;
  /** `from`: the address that it comes from, as of all guesses. */
  open(password: string, from: string): Promise<{ token: string } | { refused: Refusal }>;
  isOpen(token: string): boolean;
  /** Whether the password was given in this session a moment ago. */
  isFresh(token: string): boolean;
  /** The password again, for what asks for it. */
  refresh(token: string, password: string, from: string): Promise<Refusal | undefined>;
  /** Another password; every other session ends. */
  change(token: string, password: string): Promise<Refusal | undefined>;
  close(token: string): void;
}

export function createSessions(store: Store, clock: Clock): Sessions {
  let stored = store.read<{ salt: string; scrypt: string; cost: typeof cost }>(
    file,
    ({ salt, scrypt, cost }) =>
      typeof salt === 'string' && typeof scrypt === 'string' && typeof cost?.N === 'number',
  );
  const sessions = new Map<string, { endsAt: number; freshUntil: number }>();
  const claimCode = Array.from({ length: 8 }, () => codeLetters[randomInt(codeLetters.length)]).join('');
  let claiming = false;
  const all = createBucket(fromAll);
  const each = new Map<string, ReturnType<typeof createBucket>>();

  function createBucket({ free, everyMs }: typeof fromOne): { take(): boolean } {
    let left = free;
    let takenAt = clock.monotonic();
    return {
      take() {
        const now = clock.monotonic();
        left = Math.min(free, left + (now - takenAt) / everyMs);
        takenAt = now;
        if (left < 1) return false;
        left--;
        return true;
      },
    };
  }

  /** By address, so that a guesser does not keep the owner out; all together, so that many addresses help little. */
  function mayGuess(from: string): boolean {
    const bucket = each.get(from) ?? createBucket(fromOne);
    each.delete(from);
    each.set(from, bucket);
    if (each.size > mostAddresses) each.delete(each.keys().next().value!);
    return bucket.take() && all.take();
  }

  function newSession(from: string): { token: string } {
    const token = randomBytes(32).toString('base64url');
    const now = clock.monotonic();
    sessions.set(fingerprint(token), { endsAt: now + sessionLifeMs, freshUntil: now + freshMs });
    if (sessions.size > mostSessions) sessions.delete(sessions.keys().next().value!);
    each.delete(from);
    return { token };
  }

  const isOpen = (token: string) => (sessions.get(fingerprint(token))?.endsAt ?? 0) > clock.monotonic();

  async function keep(password: string): Promise<void> {
    const salt = randomBytes(16);
    const next = {
      salt: salt.toString('hex'),
      scrypt: (await hash(password, salt, 32, cost)).toString('hex'),
      cost,
    };
    await store.write(file, next);
    stored = next;
  }

  async function refusalOf(password: string, from: string): Promise<Refusal | undefined> {
    if (!mayGuess(from)) return 'slow-down';
    if (!stored) return 'wrong';
    const given = await hash(password, Buffer.from(stored.salt, 'hex'), 32, stored.cost);
    return timingSafeEqual(given, Buffer.from(stored.scrypt, 'hex')) ? undefined : 'wrong';
  }

  return {
    claimed: () => stored !== undefined,
    claimCode,
    async claim(code, password, from) {
      if (stored) return { refused: 'claimed' };
      if (password.length < shortestPassword) return { refused: 'too-short' };
      if (!mayGuess(from)) return { refused: 'slow-down' };
      if (!sameText(code.replace(/[\s-]/g, '').toUpperCase(), claimCode)) return { refused: 'wrong' };
      // Two who claim at once: the first has it, while its password is still being hashed.
      if (claiming) return { refused: 'claimed' };
      claiming = true;
      await keep(password).finally(() => {
        claiming = false;
      });
      return newSession(from);
    },
    async open(password, from) {
      const refused = await refusalOf(password, from);
      return refused ? { refused } : newSession(from);
    },
    isOpen,
    isFresh: (token) =>
      isOpen(token) && (sessions.get(fingerprint(token))?.freshUntil ?? 0) > clock.monotonic(),
    async refresh(token, password, from) {
      const refused = await refusalOf(password, from);
      const session = sessions.get(fingerprint(token));
      if (!refused && session) session.freshUntil = clock.monotonic() + freshMs;
      if (!refused) each.delete(from);
      return refused;
    },
    async change(token, password) {
      if (password.length < shortestPassword) return 'too-short';
      await keep(password);
      const own = fingerprint(token);
      for (const other of sessions.keys()) if (other !== own) sessions.delete(other);
      return undefined;
    },
    close: (token) => void sessions.delete(fingerprint(token)),
  };
}

function fingerprint(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

function sameText(a: string, b: string): boolean {
  return timingSafeEqual(Buffer.from(fingerprint(a)), Buffer.from(fingerprint(b)));
}
