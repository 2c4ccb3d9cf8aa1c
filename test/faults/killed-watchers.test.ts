import { expect, it } from 'vitest';
import { killWatchers } from './killed-watchers.ts';

// The short form of `npm run faults -- watched`.
it('a scan that is watched has one session with all its spectra and its final maps, however often the monitor is killed', async () => {
  const figures = await killWatchers(6, 1);
  expect(figures).toMatchObject({ kills: 6, lost: 0, surplus: 0, different: 0 });
});
