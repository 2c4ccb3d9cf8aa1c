import type { CutOff } from '../formats/cube.ts';
import { pixelsIn } from '../formats/reading/pixel-runs.ts';

/** A rescan as it was taken in: registered with the scan it belongs to. Plain data. */
export interface TakenRescan {
  /** The file, or what the producer calls it. */
  name: string;
  /** Where it was said to lie, in pixels of the scan. */
  y: number;
  x: number;
  shape: [number, number];
  /** Exposure of each pixel in units of the first pass's dwell. */
  dwells: number;
  /**
   * Where it was found to lie beyond that, in pixels, with the larger of the standard deviations in y and x; undefined where
   * nothing tells.
   */
  shift?: { y: number; x: number; sigma: number };
  /** Whole pixels by which it was moved for that, where it is significant. */
  applied: { y: number; x: number };
  /** Why nothing tells a shift. */
  note?: string;
  /** Pixels that were cut off before and hold its counts alone now. */
  replaced?: number;
  /** Pixels that it has cut off, and whose counts are those of before. */
  omitted?: number;
}

/** How many pixels of a rescan take the place of others, or are left out. */
export const cutOffPixels = ({ replaces, omits }: CutOff): Pick<TakenRescan, 'replaced' | 'omitted'> => ({
  ...(replaces?.length && { replaced: pixelsIn(replaces) }),
  ...(omits?.length && { omitted: pixelsIn(omits) }),
});
