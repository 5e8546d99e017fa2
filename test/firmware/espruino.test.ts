import { describe, it } from 'vitest';
import { runOnEspruino } from './runners.ts';
import { describeLamp } from './suite.ts';

if (process.env['ESPRUINO']) {
  describe('the firmware on the real interpreter', () => describeLamp(runOnEspruino));
} else {
  it.skip(
    "the firmware on the real interpreter: skipped, ESPRUINO is not set to the path of Espruino's Linux build",
  );
}
