/** Cuts what a device says into lines. Bounded: an endless line is dropped up to its end. */

/** Feeds chunks in; each whole line comes out without CR and LF. At most `longest` bytes are kept. */
export function createLines(longest: number, onLine: (line: string) => void): (bytes: Buffer) => void {
  let kept: Buffer[] = [];
  let length = 0;
  let skipping = false;
  return (bytes) => {
    let rest = bytes;
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
      take(rest.subarray(0, end));
      if (!skipping) onLine(Buffer.concat(kept).toString('latin1').replace(/\r$/, ''));
      clear();
      rest = rest.subarray(end + 1);
    }
    take(rest);
  };

  function take(part: Buffer): void {
    length += part.length;
    if (length > longest) {
      kept = [];
      skipping = true;
    } else if (part.length > 0) kept.push(Buffer.from(part));
  }

  function clear(): void {
    kept = [];
    length = 0;
    skipping = false;
  }
}
