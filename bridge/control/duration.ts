/** ISO-8601 durations of `for`: days, hours, minutes and seconds, as in PT25M. Months and years have no fixed length. */

const pattern = /^P(?=\d|T\d)(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/;

/** Milliseconds, or nothing when it is no such duration. */
export function parseDuration(text: string): number | undefined {
  const parts = pattern.exec(text);
  if (!parts) return undefined;
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = parts.slice(1).map((part) => Number(part ?? 0));
  return (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000;
}
