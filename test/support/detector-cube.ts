import { join } from 'node:path';
import { type EnergyAxis, energyOf } from '../../protocol/index.ts';
import { createRippleWriter } from '../../server/formats/text/ripple-writer.ts';
import { poisson } from '../../server/microscope/poisson.ts';
import { RandomStream } from '../../server/microscope/random.ts';

/** A simulated scan with what a real detector does to counts. */
export interface DetectorCube {
  shape: [number, number];
  energy: EnergyAxis;
  channels: number;
  /** Mean counts at energy loss `ev` in pixel `pixel`, before the detector. */
  mean: (ev: number, pixel: number) => number;
  /** Point spread along the energy: the counts are convolved with it after they are drawn. Odd length, default none. */
  smear?: readonly number[];
  /** Every sample is multiplied by it in the end; default 1. */
  gain?: number;
  /** Relative standard deviation of fixed channel gains, the same in every pixel; default 0. */
  pattern?: number;
  seed: number;
}

/**
 * Near-edge structure of one edge at energy loss `ev`: a rounded step at `onset` that decays over 60 eV, and a peak of
 * height `peak` and standard deviation `width` (eV) 3 eV above the onset.
 */
export function edgeShape(ev: number, onset: number, peak: number, width: number): number {
  const step = (1 / (1 + Math.exp(-(ev - onset) / 0.6))) * Math.exp(-Math.max(ev - onset, 0) / 60);
  return step + peak * Math.exp(-(((ev - onset - 3) / width) ** 2) / 2);
}

/** Spectra of a cube, pixels × channels: Poisson counts, then fixed pattern, point spread and gain. */
export function detectorCounts(cube: DetectorCube): Float32Array {
  const { shape, energy, channels, mean, smear = [1], gain = 1, pattern = 0, seed } = cube;
  const pixels = shape[0] * shape[1];
  const random = new RandomStream(seed, 0, 1);
  const gains = Float64Array.from({ length: channels }, () => gain * (1 + pattern * random.normal()));
  const middle = smear.length >> 1;
  const counts = new Float64Array(channels);
  const spectra = new Float32Array(pixels * channels);
  for (let pixel = 0; pixel < pixels; pixel++) {
    random.reset(seed, pixel);
    for (let i = 0; i < channels; i++) counts[i] = poisson(mean(energyOf(energy, i), pixel), random);
    for (let i = 0; i < channels; i++) {
      let sum = 0;
      for (const [k, weight] of smear.entries()) {
        const from = i + k - middle;
        if (from >= 0 && from < channels) sum += weight * counts[from];
      }
      spectra[pixel * channels + i] = gains[i] * sum;
    }
  }
  return spectra;
}

/** Writes a finished Ripple file of f32 samples and returns its path. */
export async function writeDetectorCube(folder: string, name: string, cube: DetectorCube): Promise<string> {
  const { shape, channels, energy } = cube;
  const writer = await createRippleWriter(join(folder, name), { shape, channels, energy, dtype: 'f32' });
  await writer.append(new Uint8Array(detectorCounts(cube).buffer));
  await writer.close();
  return join(folder, `${name}.rpl`);
}
