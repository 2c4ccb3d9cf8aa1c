import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseEdges } from '../../../protocol/index.ts';
import {
  BACKGROUND_METHODS,
  type BackgroundMethod,
} from '../../../server/analysis/windows/background-method.ts';
import { createRippleWriter } from '../../../server/formats/text/ripple-writer.ts';
import type { ScanRun } from '../../../server/pipeline/scan-run.ts';
import { watchPath } from '../../../server/sources/folders/directory.ts';
import { adjustedRandIndex } from '../../support/agreement.ts';
import { createMonitor, followToEnd } from '../../support/analyse.ts';
import { detectorCounts, edgeShape } from '../../support/detector-cube.ts';

const SHAPE: [number, number] = [18, 20];
const ENERGY = { offset: 400, dispersion: 0.6, units: 'eV' as const };
const CHANNELS = 240;

/** Two phases, vacuum at the left, an x-ray and a dead channel; `level` counts of background before the edge. */
function simulated(level: number, isNet: boolean, gain: number): Float32Array {
  const kind = (pixel: number) => (pixel % 20 < 3 ? 0 : pixel % 20 < 11 ? 1 : 2);
  const spectra = detectorCounts({
    shape: SHAPE,
    energy: ENERGY,
    channels: CHANNELS,
    mean: (ev, pixel) => {
      if (kind(pixel) === 0) return isNet ? 0 : 0.02;
      const edge = level * (kind(pixel) === 1 ? edgeShape(ev, 456, 2, 1.2) : edgeShape(ev, 458, 0.5, 4));
      return (isNet ? 0 : level * (ev / 430) ** -3) + edge;
    },
    gain,
    seed: 7,
  });
  spectra[(5 * 20 + 8) * CHANNELS + 150] += 500 * level * gain;
  for (let pixel = 0; pixel < 360; pixel++) spectra[pixel * CHANNELS + 60] = 0;
  return spectra;
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'eelwatch-scale-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function analysed(
  spectra: Float32Array,
  scale: number,
  background: BackgroundMethod,
  shape = SHAPE,
): Promise<ScanRun> {
  const path = join(folder, `${background}-${scale}-${shape.join('x')}`);
  const writer = await createRippleWriter(path, {
    shape,
    channels: CHANNELS,
    energy: ENERGY,
    dtype: 'f32',
  });
  const scaled = spectra.subarray(0, shape[0] * shape[1] * CHANNELS).map((value) => value * scale);
  await writer.append(new Uint8Array(scaled.buffer));
  await writer.close();
  const monitor = createMonitor(parseEdges('Ti-L'), { live: false, background });
  try {
    return await followToEnd(monitor, watchPath(`${path}.rpl`, { once: true }));
  } finally {
    await monitor.close();
  }
}

const mapsOf = (run: ScanRun) => {
  const maps = run.layers.edges.get('Ti-L');
  if (!maps) throw new Error('no maps');
  return maps;
};

/** Largest difference of two maps that are not known in the same places, or Infinity where they are not. */
function apart(a: Float32Array, b: Float32Array): number {
  let most = 0;
  for (let i = 0; i < a.length; i++) {
    if (Number.isNaN(a[i]) && Number.isNaN(b[i])) continue;
    const difference = Math.abs(a[i] - b[i]);
    most = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : Math.max(most, difference);
  }
  return most;
}

/** What is counted and what is a mean of it, changes with the scale; all else stays. */
const UNSCALED = ['labels', 'snr', 'embedding', 'uncertainty', 'novelty', 'flags'] as const;

/** A power of two gives the same bytes; any other scale the same maps. */
const BRIGHTNESSES = {
  bright: { level: 400, gain: 1 },
  faint: { level: 3, gain: 1 },
  'of a detector with a gain': { level: 60, gain: 40 },
};
const SCALES = [2 ** -30, 2 ** 29, 1e-9];

/** Every method with every scale and every brightness, every scale with every brightness; not all three with all. */
const CASES = Object.entries(BRIGHTNESSES).flatMap(([name, light], brightness) =>
  BACKGROUND_METHODS.map((background, n) => ({
    name,
    ...light,
    background,
    scale: SCALES[(brightness + n) % SCALES.length],
  })),
);

describe('samples in another unit', () => {
  it.each(CASES)(
    'give the same maps of a scan that is $name, by $background, scaled by $scale',
    async ({ level, gain, background, scale }) => {
      const spectra = simulated(level, background === 'none', gain);
      const maps = mapsOf(await analysed(spectra, 1, background));
      expect(maps.labels.filter((label) => label >= 0).length).toBeGreaterThan(level > 10 ? 290 : 50);
      const scaled = mapsOf(await analysed(spectra, scale, background));
      if (Number.isInteger(Math.log2(scale))) {
        for (const name of UNSCALED)
          expect(Buffer.compare(bytes(scaled[name]), bytes(maps[name])), name).toBe(0);
        expect(scaled.intensity.map((value) => value / scale)).toEqual(maps.intensity);
        return;
      }
      expect([...scaled.flags], 'flags').toEqual([...maps.flags]);
      expect(apart(scaled.snr, maps.snr), 'snr').toBeLessThan(1e-3);
      // The plane may turn with the last bits; who is where with whom may not.
      expect(adjustedRandIndex([...scaled.labels], [...maps.labels]), 'labels').toBeGreaterThan(
        level > 10 ? 0.999 : 0.9,
      );
    },
    120_000,
  );
});

const bytes = ({ buffer, byteOffset, byteLength }: ArrayBufferView) =>
  Buffer.from(buffer, byteOffset, byteLength);

it('so do a few pixels, too few to compare neighbours', async () => {
  const spectra = simulated(400, false, 1).subarray(3 * CHANNELS);
  const plain = mapsOf(await analysed(spectra, 1, 'poisson', [1, 9]));
  expect([...plain.labels].every((label) => label >= 0)).toBe(true);
  for (const scale of [2 ** -30, 2 ** 30]) {
    const scaled = mapsOf(await analysed(spectra, scale, 'poisson', [1, 9]));
    for (const name of UNSCALED) expect(scaled[name], `${name} × ${scale}`).toEqual(plain[name]);
  }
});
