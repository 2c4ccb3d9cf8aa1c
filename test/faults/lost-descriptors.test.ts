import { expect, it } from 'vitest';
import { countDescriptors } from './lost-descriptors.ts';

// The short form of `npm run faults -- descriptors`; 12 scans left 20 files open when threads were ended while they were loaded.
it.runIf(process.platform === 'linux')('short scans leave no files open', async () => {
  expect(await countDescriptors(12, 1)).toMatchObject({ scans: 12, lost: 0 });
});
