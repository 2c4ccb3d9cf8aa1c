import type { PixelRun } from '../cube.ts';

/** Runs of the pixels whose flag is 1. @param first the pixel of the first flag */
export function runsOf(flags: Uint8Array, first = 0): PixelRun[] {
  const runs: PixelRun[] = [];
  for (let at = flags.indexOf(1); at >= 0; ) {
    let end = at + 1;
    while (flags[end] === 1) end++;
    runs.push([first + at, first + end]);
    at = flags.indexOf(1, end);
  }
  return runs;
}

/** What of some runs, which are in order and apart from each other, lies in [first, end). */
export function runsWithin(
  runs: readonly PixelRun[] | undefined,
  first: number,
  end: number,
): readonly PixelRun[] {
  if (!runs || runs.length === 0) return [];
  const within: PixelRun[] = [];
  for (let at = firstBeyond(runs, first); at < runs.length && runs[at][0] < end; at++)
    within.push([Math.max(runs[at][0], first), Math.min(runs[at][1], end)]);
  return within;
}

/** Index of the first run that ends behind a pixel. */
function firstBeyond(runs: readonly PixelRun[], pixel: number): number {
  let [low, high] = [0, runs.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (runs[middle][1] > pixel) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** How many pixels there are in some runs. */
export const pixelsIn = (runs: readonly PixelRun[] | undefined): number =>
  (runs ?? []).reduce((sum, [first, end]) => sum + end - first, 0);
