/**
 * Cuts a connection as soon as a packet announces more than the limit, before any of it is buffered. Aedes 1.2
 * itself buffers a packet of up to 256 MB from anybody, before CONNECT too.
 */
import type { Duplex } from 'node:stream';

/** @param onTooLarge is called once, with the announced size in bytes, when the stream is cut */
export function guardPacketSize(stream: Duplex, maxBytes: number, onTooLarge: (bytes: number) => void): void {
  const tooLarge = createScanner(maxBytes);
  const push = stream.push.bind(stream);
  stream.push = (chunk: Buffer | null, ...rest) => {
    const size = chunk === null ? 0 : tooLarge(chunk);
    if (size === 0) return push(chunk, ...rest);
    onTooLarge(size);
    stream.destroy();
    return false;
  };
}

/** Walks MQTT's fixed headers (MQTT 3.1.1, 2.2); returns the size of a packet over the limit, else 0. */
function createScanner(maxBytes: number): (chunk: Buffer) => number {
  let remaining = 0;
  let lengthBytes = -1;
  let length = 0;
  return (chunk) => {
    for (let index = 0; index < chunk.length; ) {
      if (remaining > 0) {
        const skip = Math.min(remaining, chunk.length - index);
        remaining -= skip;
        index += skip;
        continue;
      }
      const byte = chunk[index++]!;
      if (lengthBytes < 0) {
        lengthBytes = 0;
        length = 0;
        continue;
      }
      length += (byte & 127) * 128 ** lengthBytes++;
      if (length > maxBytes) return length;
      if (byte < 128 || lengthBytes === 4) {
        remaining = length;
        lengthBytes = -1;
      }
    }
    return 0;
  };
}
