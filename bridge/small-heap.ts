/**
 * Before anything else is loaded: keeps V8 within the bridge's budget of 130 MiB resident, on a small Pi above all. Measured on
 * Node 20, x64: 100 MiB once it has started instead of 116, 104 at the most until then instead of 151.
 */
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

const tightAbove = 112 * 2 ** 20;
const lookEveryMs = 500;

// The young generation stays as small as it begins (1 MB) while all is loaded. Once the bridge runs it may grow to some
// MB, instead of three times 16: one POST of 650 notifications was collected 75 times, which took a third of its time.
const youngBytes = 4 * 2 ** 20;
setFlagsFromString('--semi-space-growth-factor=1');
// The old one is collected when it has grown by a fifth, not when it has doubled.
setFlagsFromString('--heap-growing-percent=20');
// The HTTP parser of undici is WebAssembly in one huge function: optimising it takes 40 MB for 0.1 s, and wins nothing here.
setFlagsFromString('--liftoff-only');

let tight = false;
setInterval(() => {
  const young = getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')!.space_size;
  setFlagsFromString(`--semi-space-growth-factor=${young < youngBytes ? 2 : 1}`);
  const tighten = resident() > tightAbove;
  if (tighten === tight) return;
  tight = tighten;
  // Compiles no more than there is, and gives memory back: for good it would cost speed, so only while memory is short.
  setFlagsFromString(tight ? '--optimize-for-size' : '--no-optimize-for-size');
}, lookEveryMs).unref();

/** Bytes; none where the system does not say, as in a root without /proc. */
function resident(): number {
  try {
    return process.memoryUsage.rss();
  } catch {
    return 0;
  }
}
