import type { DType, Samples } from '../../protocol/index.ts';
import { poisson } from './poisson.ts';
import type { RandomStream } from './random.ts';

/** How the simulated detector turns expected electrons into recorded counts. */
export interface DetectorNoise {
  /** Counts per electron: variance over mean of the counts, 1 for pure counting. */
  gain: number;
  /** Correlation of neighbouring channels' noise, 0 to 0.6: the detector's point spread. */
  correlation: number;
  /** Counts per channel without any electron. */
  dark: number;
  /** Standard deviation of the readout, counts. */
  readNoise: number;
  /** Channels that always read 0. */
  deadChannels: readonly number[];
  /** Mean number of x-ray spikes per spectrum. */
  spikeRate: number;
}

export const QUIET: DetectorNoise = {
  gain: 1,
  correlation: 0,
  dark: 0,
  readNoise: 0,
  deadChannels: [],
  spikeRate: 0,
};

export const SAMPLES: Record<DType, { create: (length: number) => Samples; most?: number; least?: number }> =
  {
    u8: { create: (n) => new Uint8Array(n), least: 0, most: 2 ** 8 - 1 },
    u16: { create: (n) => new Uint16Array(n), least: 0, most: 2 ** 16 - 1 },
    u32: { create: (n) => new Uint32Array(n), least: 0, most: 2 ** 32 - 1 },
    i16: { create: (n) => new Int16Array(n), least: -(2 ** 15), most: 2 ** 15 - 1 },
    i32: { create: (n) => new Int32Array(n), least: -(2 ** 31), most: 2 ** 31 - 1 },
    f32: { create: (n) => new Float32Array(n) },
    f64: { create: (n) => new Float64Array(n) },
  };

/**
 * Weight c of either neighbour in the point spread (c, 1 − 2c, c) that gives white noise the wanted correlation
 * ρ = 2c(1 − 2c) / ((1 − 2c)² + 2c²) of neighbouring channels.
 * @throws RangeError for ρ outside 0 to 0.6
 */
export function pointSpread(correlation: number): number {
  if (!(correlation >= 0 && correlation <= 0.6))
    throw new RangeError(`correlation of neighbouring channels ${correlation}: expected 0 to 0.6`);
  // The quadratic (6ρ + 4) c² − (4ρ + 2) c + ρ = 0, its smaller root.
  const linear = 4 * correlation + 2;
  const square = 6 * correlation + 4;
  return (linear - Math.sqrt(linear * linear - 4 * square * correlation)) / (2 * square);
}

/**
 * Records one spectrum: Poisson electrons, gain, dark counts, point spread, readout, spikes, dead channels, and the
 * limits of the sample type, in this order.
 * @param expected mean counts per channel; `work` is scratch of the same length
 */
export function recordSpectrum(
  expected: Float64Array,
  noise: DetectorNoise,
  random: RandomStream,
  work: Float64Array,
  dtype: DType,
  out: Samples,
  offset: number,
): void {
  const channels = expected.length;
  const { gain, dark, readNoise } = noise;
  for (let i = 0; i < channels; i++) work[i] = gain * poisson((expected[i] + dark) / gain, random);
  if (noise.correlation > 0) blur(work, pointSpread(noise.correlation));
  if (readNoise > 0) for (let i = 0; i < channels; i++) work[i] += readNoise * random.normal();
  for (let left = poisson(noise.spikeRate, random); left > 0; left--) {
    const channel = Math.floor(random.uniform() * channels);
    const height = gain * random.between(800, 6000);
    work[channel] += height;
    if (channel + 1 < channels && random.uniform() < 0.5) work[channel + 1] += height * random.uniform();
  }
  for (const channel of noise.deadChannels) if (channel < channels) work[channel] = 0;
  const { least, most } = SAMPLES[dtype];
  if (least === undefined || most === undefined) out.set(work, offset);
  else
    for (let i = 0; i < channels; i++) {
      const count = Math.round(work[i]);
      out[offset + i] = Math.max(least, Math.min(count, most));
    }
}

/** In place; what would leave at either end stays in the last channel. */
function blur(values: Float64Array, side: number): void {
  const last = values.length - 1;
  let before = values[0];
  for (let i = 0; i <= last; i++) {
    const here = values[i];
    const after = values[Math.min(last, i + 1)];
    values[i] = side * (before + after) + (1 - 2 * side) * here;
    before = here;
  }
}
