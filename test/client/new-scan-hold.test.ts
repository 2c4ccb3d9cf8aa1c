import { beforeEach, describe, expect, test } from 'vitest';
import type { HoldSituation } from '../../client/model/recordings/new-scan-hold.ts';
import { ENGAGED_MS, isEngaged, NewScanHold } from '../../client/model/recordings/new-scan-hold.ts';
import type { Progress, ScanMessage } from '../../protocol/index.ts';

const scan = (epoch: number): ScanMessage => ({
  type: 'scan',
  epoch,
  source: 'test',
  edges: [],
  layers: [],
  scan: {
    id: `scan-${epoch}`,
    name: `anode ${epoch}`,
    shape: [3, 4],
    channels: 8,
    energy: { offset: 0, dispersion: 1, units: 'eV' },
    dtype: 'u16',
  },
});

const progress = (epoch: number, spectra: number): Progress => ({
  type: 'progress',
  epoch,
  status: 'live',
  spectra,
  total: 12,
  nextPixel: spectra,
  elapsedSeconds: 0,
  newestAt: 0,
  sentAt: 0,
  backlog: 0,
});

const looking: HoldSituation = { epoch: 1, hasPictures: true, engaged: true };
let hold: NewScanHold;
beforeEach(() => {
  hold = new NewScanHold();
});

describe('a new scan', () => {
  test('waits while somebody looks at the one on show, and says how far it is', () => {
    expect(hold.keepsBack(scan(2), looking)).toBe(true);
    expect(hold.waiting.value).toEqual({ epoch: 2, name: 'anode 2', share: 0 });
    expect(hold.keepsBack(progress(2, 3), looking)).toBe(false);
    expect(hold.waiting.value?.share).toBe(0.25);
  });

  test('goes on to wait when the connection is lost meanwhile, and when nobody touches the page any more', () => {
    hold.keepsBack(scan(2), looking);
    hold.keepsBack(progress(2, 3), looking);
    expect(hold.keepsBack(scan(2), { ...looking, engaged: false })).toBe(true);
    expect(hold.waiting.value?.share).toBe(0.25);
  });

  test('gives way to a newer one', () => {
    hold.keepsBack(scan(2), looking);
    expect(hold.keepsBack(scan(3), looking)).toBe(true);
    expect(hold.waiting.value?.name).toBe('anode 3');
  });

  test('is shown once it is asked for, and the next one waits again', () => {
    hold.keepsBack(scan(2), looking);
    hold.follow();
    expect(hold.keepsBack(scan(2), looking)).toBe(false);
    expect(hold.waiting.value).toBeUndefined();
    expect(hold.keepsBack(scan(3), { ...looking, epoch: 2 })).toBe(true);
  });

  test.each([
    ['nothing is on show', { epoch: undefined }],
    ['the one on show has no pictures yet', { hasPictures: false }],
    ['nobody is looking', { engaged: false }],
    ['it is the one on show, read on another axis', { epoch: 2 }],
  ] satisfies [string, Partial<HoldSituation>][])('is shown at once where %s', (_, situation) => {
    expect(hold.keepsBack(scan(2), { ...looking, ...situation })).toBe(false);
    expect(hold.waiting.value).toBeUndefined();
  });

  test('does not wait for a monitor that was started again', () => {
    hold.keepsBack(scan(2), looking);
    expect(hold.keepsBack(scan(1), { ...looking, epoch: undefined })).toBe(false);
    expect(hold.waiting.value).toBeUndefined();
  });
});

test('somebody looks who has chosen something, or has touched the page within a minute', () => {
  expect(isEngaged(true, Number.POSITIVE_INFINITY)).toBe(true);
  expect(isEngaged(false, ENGAGED_MS - 1)).toBe(true);
  expect(isEngaged(false, ENGAGED_MS)).toBe(false);
});
