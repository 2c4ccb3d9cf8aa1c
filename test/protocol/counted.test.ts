import { expect, it } from 'vitest';
import { plural } from '../../client/model/words/format.ts';
import { counted } from '../../protocol/index.ts';
import { progressLine } from '../../server/commands/console.ts';

it('counts one and many', () => {
  expect([0, 1, 2].map((count) => counted(count, 'pixel'))).toEqual(['0 pixels', '1 pixel', '2 pixels']);
  expect([0, 1, 2].map((count) => counted(count, 'pass', 'passes'))).toEqual([
    '0 passes',
    '1 pass',
    '2 passes',
  ]);
  expect(plural(1, 'spectrum', 'spectra')).toBe('1 spectrum');
  expect(plural(12_544, 'spectrum', 'spectra')).toBe('12\u2009544 spectra');
});

it('is used for the progress of a single spectrum', () => {
  const progress = {
    status: 'complete' as const,
    nextPixel: 0,
    elapsedSeconds: 1,
    newestAt: 0,
    sentAt: 0,
    backlog: 0,
  };
  const line = (total: number) =>
    progressLine({ type: 'progress', epoch: 1, ...progress, spectra: 1, total });
  expect(line(1)).toContain('1/1 spectrum ·');
  expect(line(2)).toContain('1/2 spectra ·');
});
