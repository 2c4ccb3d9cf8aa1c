import { SignalExtractor } from '../../analysis/background/edge-signal.ts';
import { COUNTING_NOISE } from '../../analysis/detector/detector-noise.ts';
import { parts } from '../../analysis/math/parts.ts';
import type { BackgroundMethod } from '../../analysis/windows/background-method.ts';
import type { EdgeWindow } from '../../analysis/windows/edge-window.ts';
import type { EdgeFit } from '../fit/edge-fit.ts';
import { newer } from '../reading/tiles.ts';
import type { EdgeMaps } from './edge-protocol.ts';
import type { LearnedModel } from './learner.ts';

/** The maps of a fitted model, as they lie in it. */
export function mapsOf({
  signal,
  labels,
  embedding,
  uncertainty,
  novelty,
  decisions,
}: EdgeFit): EdgeMaps<ArrayBufferLike> {
  const { intensity, snr } = signal;
  const flags = new Float32Array(labels.length);
  for (let pixel = 0; pixel < flags.length; pixel++)
    flags[pixel] = Number.isNaN(intensity[pixel]) ? Number.NaN : signal.flags[pixel];
  return { intensity, snr, labels, embedding, uncertainty, novelty, flags, decisions };
}

/**
 * Shows the maps of a model; pixels that came during its fit keep their values until they are placed.
 * @param now passes that are complete at each pixel
 */
export function showLearned(
  maps: EdgeMaps,
  { maps: learned, measured }: Pick<LearnedModel, 'maps' | 'measured'>,
  now: Uint8Array,
): void {
  for (const { first, count } of newer(now, measured))
    for (const known of ['intensity', 'snr'] as const)
      learned[known].set(maps[known].subarray(first, first + count), first);
  showMaps(maps, learned);
}

/** Writes all maps of a model. */
export function showMaps(maps: EdgeMaps, { labels, ...scalars }: EdgeMaps<ArrayBufferLike>): void {
  maps.labels.set(labels);
  for (const [name, values] of Object.entries(scalars)) maps[name as keyof typeof scalars].set(values);
}

/** Extractor for an ideal detector, for use before calibration. */
export function idealExtractor(window: EdgeWindow, background: BackgroundMethod): SignalExtractor {
  const bad = new Uint8Array(window.endChannel - window.firstChannel);
  return new SignalExtractor(window, { bad, noise: COUNTING_NOISE, background });
}

/**
 * Maps before the first model: net intensity and S/N.
 * @param spectra of the span, count × channels
 * @param exposure of these pixels, by which their counts are divided
 */
export function netIntensity(
  extractor: SignalExtractor,
  spectra: Float32Array,
  first: number,
  count: number,
  maps: EdgeMaps<ArrayBufferLike>,
  exposure?: Float32Array,
): void {
  const { capacity, width } = extractor.block;
  for (const { from, rows } of parts(count, capacity)) {
    const { intensity, snr } = extractor.extractBlock(spectra, from * width, rows);
    for (let row = 0; row < rows; row++)
      maps.intensity[first + from + row] = intensity[row] / (exposure?.[from + row] ?? 1);
    maps.snr.set(snr.subarray(0, rows), first + from);
  }
}
