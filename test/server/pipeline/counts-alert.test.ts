import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DType, edgeAt } from '../../../protocol/index.ts';
import { openScanFile } from '../../../server/formats/formats.ts';
import { createRippleWriter } from '../../../server/formats/text/ripple-writer.ts';
import { createMonitor, followToEnd } from '../../support/analyse.ts';
import { inParts, until } from '../../support/scan-in-parts.ts';

const CHANNELS = 200;
const PIXELS = 64;
const TYPES = { u8: Uint8Array, u16: Uint16Array, f32: Float32Array } as Partial<
  Record<DType, new (length: number) => Uint8Array | Uint16Array | Float32Array>
>;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'eelwatch-test-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A scan of 8 × 8 spectra, sample by sample. */
async function scanOf(dtype: DType, sample: (pixel: number, channel: number) => number) {
  const Samples = TYPES[dtype];
  if (!Samples) throw new Error(`no samples of ${dtype}`);
  const writer = await createRippleWriter(join(folder, 'counts'), {
    shape: [8, 8],
    channels: CHANNELS,
    energy: { offset: 400, dispersion: 0.5, units: 'eV' },
    dtype,
  });
  const samples = new Samples(PIXELS * CHANNELS).map((_: number, i: number) =>
    sample(Math.floor(i / CHANNELS), i % CHANNELS),
  ) as Uint8Array;
  await writer.append(new Uint8Array(samples.buffer));
  await writer.close();
  return openScanFile(join(folder, 'counts.rpl'));
}

const counts = (pixel: number, channel: number) => 400 - channel + ((7 * pixel + 11 * channel) % 13);
const EDGES = [edgeAt('Ti-L', 456)];

describe('a scan without counts is told of', () => {
  it.each<[string, DType, (pixel: number, channel: number) => number, RegExp]>([
    ['saturated', 'u16', () => 65_535, /every sample is 65535: the detector is saturated/],
    ['saturated, small type', 'u8', () => 255, /every sample is 255: the detector is saturated/],
    ['saturated, stored as f32', 'f32', () => 65_535, /every sample is 65535: the detector is saturated/],
    [
      'mostly saturated',
      'u16',
      (pixel, channel) => (channel < 150 ? 65_535 : counts(pixel, channel)),
      /75 % of the samples are 65535: the detector is saturated/,
    ],
    ['one value', 'f32', () => 7.25, /every spectrum is constant: every sample is 7.25/],
    ['negative value', 'f32', () => -3, /every spectrum is constant: every sample is -3/],
    ['constant spectra', 'u16', (pixel) => 5 + pixel, /every spectrum is constant/],
    ['zeros', 'u16', () => 0, /all counts are zero/],
  ])('%s', async (_, dtype, sample, text) => {
    const opening = await scanOf(dtype, sample);
    const monitor = createMonitor(EDGES);
    const run = await followToEnd(
      monitor,
      inParts(opening, monitor, async () => {}),
    );
    expect(run.warnings.filter((message) => text.test(message))).toHaveLength(1);
    await monitor.close();
  });

  it('and of one with counts nothing is said', async () => {
    const opening = await scanOf('u16', counts);
    const monitor = createMonitor(EDGES);
    const run = await followToEnd(
      monitor,
      inParts(opening, monitor, async () => {}),
    );
    expect(run.warnings.filter((message) => /constant|saturated|zero/.test(message))).toEqual([]);
    await monitor.close();
  });

  it('while it runs, and taken back when counts come', async () => {
    // The first part of the scan is empty, the others are not.
    const opening = await scanOf('u16', (pixel, channel) => (pixel < 30 ? 0 : counts(pixel, channel)));
    const monitor = createMonitor(EDGES);
    const isEmpty = (message: string) => /all counts are zero/.test(message);
    const seen: boolean[] = [];
    const run = await followToEnd(
      monitor,
      inParts(opening, monitor, async (scan, part) => {
        await until(() => scan.warnings.some(isEmpty) === (part === 0));
        seen.push(scan.warnings.some(isEmpty));
      }),
    );
    expect(seen).toEqual([true, false]);
    expect(run.warnings.some(isEmpty)).toBe(false);
    await monitor.close();
  });
});
