import { afterEach, expect, it } from 'vitest';
import { colorBlindLooks, defaultLooks } from '../../protocol/status.ts';
import { type Ends, endAll } from '../system/kit.ts';
import { startWeb } from './kit.ts';

const ends: Ends = [];
afterEach(() => endAll(ends));

it.each([
  ['the usual', 'false', defaultLooks],
  ['those for the colour-blind', 'true', colorBlindLooks],
])(
  'lists the looks in force: a look of the file over %s, and over no other',
  async (_, colorBlind, looks) => {
    const { page } = await startWeb(
      ends,
      `colorBlind: ${colorBlind}\nlooks: { meeting: { color: '#00ffff' }, ooo: { effect: spin } }\n`,
    );
    const answer = await page('GET', '/api/looks');
    expect(answer.body).toEqual({
      ...looks,
      meeting: { ...looks.meeting, color: '#00ffff' },
      ooo: { ...looks.ooo, effect: 'spin' },
    });
  },
);
