import { expect, it } from 'vitest';
import { floodFolder } from './flooded-folder.ts';

// The short form of `npm run faults -- flood`.
it('hundreds of scans, links and broken files that appear at once: the newest is shown, the rest are counted, nothing stays open', async () => {
  const figures = await floodFolder(150);
  expect(figures).toMatchObject({ wrong: 0, surplus: 0 });
  expect(figures.alertKb).toBeLessThan(50);
});
