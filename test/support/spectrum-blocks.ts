import { BadChannelInterpolator } from '../../server/analysis/detector/bad-channel-interpolator.ts';
import type { SampleLimits } from '../../server/analysis/detector/bad-channels.ts';
import { SpikeLimits } from '../../server/analysis/detector/spikes.ts';
import { SpectrumBlock } from '../../server/analysis/windows/spectrum-block.ts';

/** Loads spectra of `width` channels block by block; `visit` is told the first sample of the block and its spectra. */
export function eachBlock(
  block: SpectrumBlock,
  spectra: Float32Array,
  visit: (from: number, rows: number) => void,
): void {
  const { width, capacity } = block;
  for (let from = 0; from < spectra.length; from += capacity * width) {
    const rows = Math.min(capacity, (spectra.length - from) / width);
    block.load(spectra, from, rows);
    visit(from, rows);
  }
}

/** Limits learnt from all of the spectra. */
export function spikeLimitsOf(spectra: Float32Array, width: number): SpikeLimits {
  const block = new SpectrumBlock(width);
  const limits = new SpikeLimits(block, spectra.length / width);
  eachBlock(block, spectra, (_, rows) => limits.add(0, rows));
  return limits;
}

/** Mends spectra in place; returns the samples mended beside bad channels. */
export function interpolateAll(
  spectra: Float32Array,
  width: number,
  gain: number,
  limits?: SampleLimits,
  bad = new Uint8Array(width),
): number {
  const block = new SpectrumBlock(width);
  const interpolator = new BadChannelInterpolator(block, bad, gain, limits);
  let corrected = 0;
  eachBlock(block, spectra, (from, rows) => {
    corrected += interpolator.interpolate(rows);
    spectra.set(block.samples.subarray(0, rows * width), from);
  });
  return corrected;
}
