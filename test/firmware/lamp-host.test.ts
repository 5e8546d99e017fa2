import { describe } from 'vitest';
import { runOnHost } from './runners.ts';
import { describeLamp } from './suite.ts';
import { describeAdmin } from './suite-admin.ts';
import { describeFaults } from './suite-faults.ts';
import { describeParts } from './suite-parts.ts';

describe('the firmware on the lamp host', () => {
  describeLamp(runOnHost);
  describeAdmin(runOnHost);
  describeParts(runOnHost);
  describeFaults(runOnHost);
});
