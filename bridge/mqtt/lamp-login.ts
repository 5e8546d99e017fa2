/**
 * A lamp's log-in (contract section 4): the lamp probes by UDP with a nonce, the bridge proves with the lamp's key
 * that it is the bridge, and the MQTT password is an HMAC over both nonces, good once and for a minute.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../protocol/clock.ts';
import { bridgeProof, lampProof, probeWord } from '../../protocol/lamp-login.ts';
import { idPattern } from '../../protocol/topics.ts';

/** How long a lamp has to use its password, in ms of monotonic time. */
const passwordLifeMs = 60_000;
/** Probes answered and not yet used, per lamp: more than a lamp needs, few enough to check at once. */
const pendingPerLamp = 16;
/** Probes from one address: this many at once, then this many each second. */
const burst = 100;
const perSecond = 20;
const addressesKept = 1024;

export interface LampLogin {
  /** The answer to one datagram (`host`: where the broker is, `-` for here), or nothing: not a probe, an unknown lamp, too many from this address. */
  answer(datagram: string, address: string, mqttPort: number, host?: string): string | undefined;
  /** Whether this is a password that the lamp may use now; a good one is used up by it. */
  check(id: string, password: string): boolean;
}

export function createLampLogin(options: {
  clock: Clock;
  /** `bytes` random bytes in hex. */
  randomHex: (bytes: number) => string;
  /** The lamp's key as it was shown; its text is the HMAC key. */
  keyOf: (id: string) => string | undefined;
}): LampLogin {
  const { clock, randomHex, keyOf } = options;
  const pending = new Map<string, { password: string; until: number }[]>();
  const buckets = new Map<string, { tokens: number; at: number }>();

  function allowed(address: string): boolean {
    const now = clock.monotonic();
    const bucket = buckets.get(address) ?? { tokens: burst, at: now };
    const tokens = Math.min(burst, bucket.tokens + ((now - bucket.at) / 1000) * perSecond);
    buckets.delete(address);
    buckets.set(address, { tokens: Math.max(0, tokens - 1), at: now });
    if (buckets.size > addressesKept) buckets.delete(buckets.keys().next().value!);
    return tokens >= 1;
  }

  return {
    answer(datagram, address, mqttPort, host = '-') {
      const [word, id, nonceL, ...rest] = datagram.trimEnd().split(' ');
      if (word !== probeWord || !id || !nonceL || rest.length > 0) return undefined;
      if (!idPattern.test(id) || !/^[0-9a-f]{32}$/.test(nonceL)) return undefined;
      if (!allowed(address)) return undefined;
      const key = keyOf(id);
      if (key === undefined) return undefined;
      const nonceB = randomHex(16);
      const password = hmac(key, lampProof(id, nonceL, nonceB));
      const waiting = pending.get(id) ?? [];
      pending.set(id, [
        ...waiting.slice(1 - pendingPerLamp),
        { password, until: clock.monotonic() + passwordLifeMs },
      ]);
      const proof = hmac(key, bridgeProof(id, nonceL, nonceB, host, mqttPort));
      return `${probeWord} ${host} ${mqttPort} ${nonceB} ${proof}`;
    },
    check(id, password) {
      const now = clock.monotonic();
      const waiting = (pending.get(id) ?? []).filter((one) => one.until > now);
      const match =
        keyOf(id) === undefined ? -1 : waiting.findIndex((one) => sameText(one.password, password));
      if (match >= 0) waiting.splice(match, 1);
      pending.set(id, waiting);
      if (waiting.length === 0) pending.delete(id);
      return match >= 0;
    },
  };
}

function hmac(key: string, text: string): string {
  return createHmac('sha256', key).update(text).digest('hex');
}

function sameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
