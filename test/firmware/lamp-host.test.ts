import { describe } from 'vitest';
import { runOnHost } from './runners.ts';
import { describeLamp } from './suite.ts';

describe('the firmware on the lamp host', () => describeLamp(runOnHost));
