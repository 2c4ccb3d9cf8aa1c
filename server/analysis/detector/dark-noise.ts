import type { WindowBlock } from '../windows/window-block.ts';
import type { DetectorNoise } from './detector-noise.ts';
import { differenceVariance } from './residual-noise.ts';

/** Lower bound of the share of noise left in second differences. */
const LEAST_LEFT = 0.1;

/**
 * Noise variance of net counts as the samples themselves show it. Where a dark reference was subtracted, counts near
 * zero are noisier than their mean suggests: channels differ by the noise of the level that was subtracted.
 * @param row of the block, whose backgrounds and net counts are known
 * @param fitCounts Y, above 0
 * @param variance of the net counts in units of counting noise, from the background fit: what it has beyond I_b is the
 *   noise of the fit window, continued
 */
export function darkNoise(
  block: WindowBlock,
  row: number,
  fitCounts: number,
  variance: number,
  noise: DetectorNoise,
): number {
  const { samples, width, intensities, window } = block;
  const { fitChannels, signalStart } = window;
  const from = row * width;
  const [near = 0, far = 0] = noise.correlation;
  // Share of correlated noise left in second differences; see `differenceVariance`.
  const left = Math.max(1 - (4 * near) / 3 + far / 3, LEAST_LEFT);
  const channel = differenceVariance(samples, from, from + width) / left;
  let signal = 0;
  for (let i = from + signalStart; i < from + width; i++) signal += samples[i];
  const continued = Math.max(variance - (signal - intensities[row]), 0) / fitCounts;
  const summed = noise.gain / noise.channelGain;
  return summed * channel * (width - signalStart + fitChannels * continued);
}
