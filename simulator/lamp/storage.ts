/** Espruino's Storage: small files in flash, which survive the plug, and get torn when it is pulled as one is written. */

export interface StorageOptions {
  /** Room for names and contents; an ESP32 has 896 kB. */
  bytes?: number;
  /** Called in the middle of the write that the plug is pulled at. */
  onPowerLost: () => void;
}

const headerBytes = 32;

export function createStorage(options: StorageOptions) {
  const files = new Map<string, string>();
  const capacity = options.bytes ?? 896 * 1024;
  let writesUntilPull = -1;

  const used = () => [...files].reduce((sum, [, data]) => sum + data.length + headerBytes, 0);

  function write(name: string, given: string, offset = 0, size = 0): boolean {
    const data = String(given);
    const whole = size || data.length;
    if (!whole) throw new Error("Can't create zero length file");
    let file = files.get(name);
    if (!offset && file !== data) {
      files.delete(name);
      if (used() + whole + headerBytes > capacity) throw new Error('Unable to find or create file');
      // Erased flash reads as ones.
      file = '\xff'.repeat(whole);
    }
    if (file === undefined) throw new Error('Unable to find or create file');
    if (file === data) return true;
    if (offset + data.length > file.length) throw new Error('Too much data for file size');
    const there = file.slice(offset, offset + data.length);
    if (there !== data && /[^\xff]/.test(there)) throw new Error('File already written with different data');
    const torn = --writesUntilPull === 0;
    const written = torn ? data.slice(0, data.length >> 1) : data;
    files.set(name, file.slice(0, offset) + written + file.slice(offset + written.length));
    if (torn) {
      options.onPowerLost();
      throw new Error('power lost');
    }
    return true;
  }

  return {
    /** What the firmware sees. */
    module: {
      read(name: string, offset = 0, length?: number): string | undefined {
        return files.get(name)?.slice(offset, length ? offset + length : undefined);
      },
      write,
      erase: (name: string) => void files.delete(name),
    },
    /** The files by name; text of one byte per character. */
    files,
    /** Pulls the plug in the middle of the `count`th write from now. */
    pullPlugAtWrite(count: number): void {
      writesUntilPull = count;
    },
  };
}
