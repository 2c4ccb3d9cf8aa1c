import type { ProducerMessage } from '../../protocol/ingest.ts';
import type { PlanReply } from '../../protocol/plan.ts';

export const [ROWS, COLUMNS, CHANNELS] = [6, 8, 5];
export const PIXELS = ROWS * COLUMNS;

export type ScanMessage = Extract<ProducerMessage, { type: 'scan' }>;

/** A small scan, `parent`, as a producer announces it. */
export const parentScan = (changes: Partial<ScanMessage> = {}): ScanMessage => ({
  type: 'scan',
  id: 'parent',
  shape: [ROWS, COLUMNS],
  channels: CHANNELS,
  energy: { offset: 80, dispersion: 0.5, units: 'eV' },
  dtype: 'u16',
  ...changes,
});

/** A rescan of 2 × 3 pixels of it. */
export const rescanOf = (changes: Partial<ScanMessage> = {}, id = 'again'): ScanMessage =>
  parentScan({
    id,
    shape: [2, 3],
    region: { parentId: 'parent', y: 1, x: 4, height: 2, width: 3, dwells: 2 },
    ...changes,
  });

/** Content of a channel, different for each pixel in the order of acquisition and for each `kind` of scan. */
export const sample = (pixel: number, channel: number, kind: number): number =>
  1000 * kind + 10 * pixel + channel;

/** Spectra of a scan of u16. */
export function spectra(
  first: number,
  count: number,
  kind = 1,
): Extract<ProducerMessage, { type: 'spectra' }> {
  const samples = Uint16Array.from({ length: count * CHANNELS }, (_, i) =>
    sample(first + Math.floor(i / CHANNELS), i % CHANNELS, kind),
  );
  return { type: 'spectra', first, count, data: new Uint8Array(samples.buffer) };
}

/** A plan of one region, that of `rescanOf`, as the monitor answers with it. */
export const acceptedPlan = (changes: Partial<PlanReply> = {}): PlanReply => ({
  type: 'plan',
  version: 1,
  scan: 'parent',
  number: 3,
  status: 'accepted',
  verdict: 'rescan',
  words: 'Worth its dose',
  regions: [
    {
      y: 1,
      x: 4,
      height: 2,
      width: 3,
      dwells: 2,
      number: 1,
      region: { parentId: 'parent', y: 1, x: 4, height: 2, width: 3, dwells: 2 },
    },
  ],
  ...changes,
});
