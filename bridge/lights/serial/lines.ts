/** Cuts what a device says into lines. Bounded: an endless line is dropped up to its end. */

/** Feeds chunks in; each line that has something in it comes out without its CR, LF or both. At most `longest` bytes are kept. */
export function createLines(longest: number, onLine: (line: string) => void): (bytes: Buffer) => void {
  let kept: Buffer[] = [];
  let length = 0;
  return (bytes) => {
    let rest = bytes;
    for (let end = rest.findIndex(isEnd); end >= 0; end = rest.findIndex(isEnd)) {
      take(rest.subarray(0, end));
      if (kept.length > 0) onLine(Buffer.concat(kept).toString('latin1'));
      clear();
      rest = rest.subarray(end + 1);
    }
    take(rest);
  };

  function take(part: Buffer): void {
    length += part.length;
    if (length > longest) kept = [];
    else if (part.length > 0) kept.push(Buffer.from(part));
  }

  function clear(): void {
    kept = [];
    length = 0;
  }
}

const isEnd = (byte: number): boolean => byte === 10 || byte === 13;
