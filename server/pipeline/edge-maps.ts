import type { BackgroundMethod } from '../analysis/background-method.ts';
import { COUNTING_NOISE } from '../analysis/detector-noise.ts';
import { SignalExtractor } from '../analysis/edge-signal.ts';
import type { EdgeWindow } from '../analysis/edge-window.ts';
import type { EdgeFit } from './edge-fit.ts';
import type { EdgeMaps } from './edge-protocol.ts';

/** Writes all maps of a fitted model. */
export function showFit(maps: EdgeMaps, fit: EdgeFit): void {
  maps.intensity.set(fit.signal.intensity);
  maps.snr.set(fit.signal.snr);
  maps.labels.set(fit.labels);
  maps.embedding.set(fit.embedding);
  maps.uncertainty.set(fit.uncertainty);
  maps.novelty.set(fit.novelty);
  fit.signal.flags.forEach((bits, pixel) => {
    maps.flags[pixel] = Number.isNaN(fit.signal.intensity[pixel]) ? Number.NaN : bits;
  });
}

/** Takes spectra for those of an ideal detector, before anything is known of the real one. */
export function idealExtractor(window: EdgeWindow, background: BackgroundMethod): SignalExtractor {
  const bad = new Uint8Array(window.endChannel - window.firstChannel);
  return new SignalExtractor(window, { bad, noise: COUNTING_NOISE, background });
}

/**
 * What is known of pixels before the first model: net intensity and its noise.
 * @param spectra of the span, count × channels
 */
export function netIntensity(
  extractor: SignalExtractor,
  spectra: Float32Array,
  first: number,
  count: number,
  maps: EdgeMaps,
): void {
  const { window } = extractor;
  const width = window.endChannel - window.firstChannel;
  const normalised = new Float32Array(window.features);
  for (let p = 0; p < count; p++) {
    const seen = extractor.extract(spectra, p * width, normalised, 0);
    maps.intensity[first + p] = seen.intensity;
    maps.snr[first + p] = seen.snr;
  }
}
