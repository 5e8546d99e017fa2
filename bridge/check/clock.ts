/** The clock, held against Microsoft's: tokens and certificates count on it. */
import { type Check, fault, ok, warning } from './finding.ts';

const what = 'Clock';
const mend =
  'Let the network set it: "sudo timedatectl set-ntp true", and open UDP port 123 to a time server.';
/** Entra takes proofs and Doorlight takes tokens that are so far off. */
const mostMs = 5 * 60_000;
const worthSayingMs = 30_000;
/** When this was written: no clock that is right shows less. */
const earliest = Date.UTC(2026, 0, 1);

export const checkClock: Check = ({ clock, microsoft }) => {
  const now = new Date(clock.now());
  const ahead = microsoft?.authority.aheadMs ?? microsoft?.graph.aheadMs;
  if (ahead === undefined) {
    if (now.getTime() < earliest) return [fault(what, `It shows ${now.toISOString()}.`, mend)];
    return [ok(what, `It shows ${now.toISOString()}; there was nothing to hold it against.`)];
  }
  const off = Math.abs(ahead);
  if (off < worthSayingMs) return [ok(what, "It agrees with Microsoft's.")];
  const message = `It is ${span(off)} ${ahead > 0 ? 'behind' : 'ahead of'} Microsoft's.`;
  return [off < mostMs ? warning(what, message, mend) : fault(what, message, mend)];
};

/** 90 s, 12 minutes, 3 hours, 41 days. */
function span(ms: number): string {
  const units = [
    [86_400_000, 'days'],
    [3_600_000, 'hours'],
    [60_000, 'minutes'],
  ] as const;
  const [size, unit] = units.find(([each]) => ms >= 2 * each) ?? [1000, 's'];
  return `${Math.round(ms / size)} ${unit}`;
}
