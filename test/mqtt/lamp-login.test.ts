import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createLampLogin } from '../../bridge/mqtt/lamp-login.ts';
import { createFakeClock } from '../fake-clock.ts';

const key = '00112233445566778899aabbccddeeff';
const nonceL = 'a'.repeat(32);
const hmac = (text: string) => createHmac('sha256', key).update(text).digest('hex');

function setUp() {
  const clock = createFakeClock();
  let count = 0;
  const login = createLampLogin({
    clock,
    randomHex: (bytes) => (++count).toString(16).padStart(bytes * 2, '0'),
    keyOf: (id) => (id === 'door' ? key : undefined),
  });
  const probe = (id = 'door', nonce = nonceL, address = '10.0.0.1') =>
    login.answer(`DL1 ${id} ${nonce}`, address, 1883);
  const password = (answer: string) => hmac(`lamp|door|${nonceL}|${answer.split(' ')[3]}`);
  return { clock, login, probe, password };
}

describe("a lamp's log-in", () => {
  it('answers a probe with its own nonce and a proof over both', () => {
    const { probe } = setUp();
    const [word, host, port, nonceB, proof, ...rest] = probe()!.split(' ');
    expect([word, host, port, rest]).toEqual(['DL1', '-', '1883', []]);
    expect(nonceB).toMatch(/^[0-9a-f]{32}$/);
    expect(proof).toBe(hmac(`bridge|door|${nonceL}|${nonceB}|-|1883`));
  });

  it('takes the password of that probe once', () => {
    const { login, probe, password } = setUp();
    const good = password(probe()!);
    expect(login.check('door', 'wrong')).toBe(false);
    expect(login.check('door', good)).toBe(true);
    expect(login.check('door', good)).toBe(false);
  });

  it('takes it for a minute of monotonic time, whatever the wall clock does', async () => {
    const { clock, login, probe, password } = setUp();
    const first = password(probe()!);
    clock.jump(3_600_000);
    await clock.advance(59_000);
    expect(login.check('door', first)).toBe(true);
    const second = password(probe()!);
    await clock.advance(60_000);
    expect(login.check('door', second)).toBe(false);
  });

  it('keeps earlier probes good while the lamp repeats itself', () => {
    const { login, probe, password } = setUp();
    const first = password(probe()!);
    probe();
    expect(login.check('door', first)).toBe(true);
  });

  it('says nothing to an unknown lamp, or to what is no probe', () => {
    const { login, probe } = setUp();
    expect(probe('nobody')).toBeUndefined();
    expect(probe('door', 'short')).toBeUndefined();
    expect(probe('door', 'Z'.repeat(32))).toBeUndefined();
    for (const text of ['', 'DL1', 'DL2 door x', `DL1 door ${nonceL} more`, '\u0000\u0001']) {
      expect(login.answer(text, '10.0.0.1', 1883)).toBeUndefined();
    }
  });

  it('limits an address and no other, and lets it back in later', async () => {
    const { clock, probe } = setUp();
    const answered = Array.from({ length: 1_000 }, () => probe()).filter(Boolean).length;
    expect(answered).toBeLessThan(200);
    expect(probe('door', nonceL, '10.0.0.2')).toBeDefined();
    await clock.advance(5_000);
    expect(probe()).toBeDefined();
  });
});
