/** How soon to poll again: fast while something just changed, slow while nobody is there. */

const fastForMs = 2 * 60_000;
const fastestMs = 5_000;
const quietForMs = 30 * 60_000;
const slowBy = 4;

/**
 * The ms until the next read.
 * @param pollMs `source.pollSeconds`
 * @param staleAfterMs half of it is never exceeded
 * @param sinceChangeMs how long ago a read last brought something new
 * @param anybodyThere whether anybody is in a status other than offline, away or out
 */
export function paceOf(options: {
  pollMs: number;
  staleAfterMs: number;
  sinceChangeMs: number;
  anybodyThere: boolean;
}): number {
  const { pollMs, staleAfterMs, sinceChangeMs, anybodyThere } = options;
  const slowest = Math.max(pollMs, staleAfterMs / 2);
  if (sinceChangeMs < fastForMs) return Math.min(pollMs, Math.max(fastestMs, pollMs / 3));
  if (sinceChangeMs < quietForMs || anybodyThere) return pollMs;
  return Math.min(slowest, pollMs * slowBy);
}
