import type { Settled } from '../../../protocol/index.ts';
import { EdgeDoubt } from './edge-doubt.ts';
import type { PlanInput } from './plan-input.ts';

/** Further exposures of the curve. */
export const SETTLED_DWELLS = [0.25, 0.5, 1, 2, 4, 8] as const;
/** A pass may be stopped when less than this share of the labels changes by its rest. */
const MAY_STOP = 0.005;
/** Most pixels that are sampled. */
const SAMPLE = 8192;

/**
 * How settled the maps are: the share of labels that is expected to change by further exposure. Of some thousands of pixels,
 * evenly spread.
 * @param remaining dwells that are still to come to each pixel in the pass under way; undefined without one
 */
export function settledness(input: PlanInput, remaining?: Float32Array): Settled {
  const doubts = input.edges.map((edge) => new EdgeDoubt(edge, input));
  const pixels = sampleOf(input);
  const share = (dwells: (pixel: number) => number): number => {
    let [changes, labels] = [0, 0];
    for (const pixel of pixels)
      for (const doubt of doubts) {
        if (!doubt.isMeasured(pixel)) continue;
        labels++;
        const more = dwells(pixel);
        if (more > 0) changes += doubt.changes(pixel, more);
      }
    return labels > 0 ? changes / labels : 0;
  };
  const curve = SETTLED_DWELLS.map((dwells) => ({ dwells, changes: share(() => dwells) }));
  if (!remaining) return { curve, mayStop: false };
  // Exposures that are nearly the same share tables.
  const rounded = (pixel: number) => Math.round(16 * remaining[pixel]) / 16;
  const rest = share(rounded);
  const known = pixels.some((pixel) => doubts.some((doubt) => doubt.isMeasured(pixel)));
  return { curve, remaining: rest, mayStop: known && rest < MAY_STOP };
}

function sampleOf({ exposure }: PlanInput): number[] {
  const measured: number[] = [];
  for (let pixel = 0; pixel < exposure.length; pixel++) if (exposure[pixel] > 0) measured.push(pixel);
  const step = measured.length > SAMPLE ? Math.ceil(measured.length / SAMPLE) | 1 : 1;
  return measured.filter((_, i) => i % step === 0);
}
