import { expect, it } from 'vitest';
import { fuzzHeaders } from './header-fuzz.ts';

// The short form of `npm run faults -- headers`.
it('headers that are broken at random are read or refused by name, without a crash, a wait, or memory left behind', async () => {
  const faults: string[] = [];
  const { grownMiB, opened, refused, ...figures } = await fuzzHeaders(300, 2, (fault) => faults.push(fault));
  expect(faults).toEqual([]);
  expect(figures).toMatchObject({ tried: 300, crashed: 0, hung: 0, slow: 0 });
  expect(opened).toBeGreaterThan(20);
  expect(refused).toBeGreaterThan(80);
  expect(grownMiB).toBeLessThanOrEqual(32);
});
