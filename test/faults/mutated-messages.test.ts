import { expect, it } from 'vitest';
import { mutateMessages } from './mutated-messages.ts';

// The short form of `npm run faults -- messages`.
it('damaged messages and frames are read or refused, quickly and at little cost', async () => {
  const figures = await mutateMessages(4000, 1);
  expect(figures).toMatchObject({ tried: 4000, crashed: 0, slow: 0 });
  // Some are harmless, most are not.
  expect(figures.taken).toBeGreaterThan(100);
  expect(figures.taken).toBeLessThan(3000);
  expect(figures.grownMb).toBeLessThanOrEqual(32);
});
