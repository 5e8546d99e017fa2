import { describe, it } from 'vitest';
import { runOnEspruino } from './runners.ts';
import { describeLamp } from './suite.ts';
import { describeAdmin } from './suite-admin.ts';
import { describeFaults } from './suite-faults.ts';
import { describeParts } from './suite-parts.ts';

if (process.env['ESPRUINO']) {
  describe('the firmware on the real interpreter', () => {
    describeLamp(runOnEspruino);
    describeAdmin(runOnEspruino);
    describeParts(runOnEspruino);
    describeFaults(runOnEspruino);
  });
} else {
  it.skip(
    "the firmware on the real interpreter: skipped, ESPRUINO is not set to the path of Espruino's Linux build",
  );
}
