import { expect, it } from 'vitest';
import { killRescans } from './killed-rescans.ts';

// The short form of `npm run faults -- rescans`.
it('a rescan is added once with all its spectra, and the final maps are those of both, however often the monitor is killed', async () => {
  const figures = await killRescans(4, 1);
  expect(figures).toMatchObject({ kills: 4, lost: 0, surplus: 0, different: 0 });
}, 180_000);
