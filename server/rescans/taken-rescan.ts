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
}
