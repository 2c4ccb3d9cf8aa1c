import { counted } from '../../../protocol/index.ts';
import { type MapPair, peakOf, type ShiftSearch, shiftLikelihood } from './shift-likelihood.ts';
import { noiseLeft, smoothMap } from './smooth-map.ts';

/**
 * Maps of the scan are smoothed by so many pixels: enough for subpixel shifts. Stronger smoothing removes more noise
 * but mixes the surroundings into a small rescan, which shifts it: with 1 pixel, 11 of 256 rescans of 8 × 8 were moved
 * that had not drifted.
 */
const SIGMA = 0.7;
/**
 * Neighbouring pixels that count as one: what smoothing takes from the scan's map makes most of the misfit, and is
 * alike in neighbours. With so many, errors are about as large as stated, for large rescans at the border up to 1.7
 * times (`npm run science -- registration`).
 */
const PIXELS_PER_SAMPLE = 2 * Math.PI;
/** Scale of how far rescans drift, pixels: a Cauchy distribution in the plane, half of whose drifts are less than √3 of it. */
const DRIFT = 1;
/** About so many pixels are compared at most: they determine a shift to a hundredth of a pixel. */
const MOST_COMPARED = 2 ** 13;
/** Fewest pixels on a side of a rescan. */
const SMALLEST_SIDE = 6;
/** Two places fit equally well where their likelihoods differ by less than this (2 ln: three standard deviations). */
const ALIKE = 4.5;
/** Places nearer than this are one. */
const APART = 2.5;
/** Chance that maps without a relation are taken for related. */
const FALSE_ALARM = 1e-3;
/** Correlation that the maps must have beyond their noise: rescans of the simulated anode have 0.93 and more, other places of it up to 0.85. */
const LEAST_LIKENESS = 0.75;
/** Maps count as unlike only where matching ones would exceed the chance level this many times. */
const SURELY = 1.5;
/** Least share of a map's variance that is not noise. */
const LEAST_SHARE = 1e-3;
/** Largest shift that is corrected, pixels, and as a share of the smaller side. */
const MOST_PIXELS = 8;
const MOST_SHARE = 0.25;

/** Maps of one stretch of pixels, row-major, in counts per unit of exposure; NaN where not measured. */
export interface RegisteredMaps {
  shape: readonly [number, number];
  /** One of each energy band, the bands apart from each other. */
  bands: ArrayLike<number>[];
  /** Mean variance of the noise of a pixel, one of each band. */
  noise: readonly number[];
}

export type Registration =
  /**
   * `y`, `x`: where the rescan lies beyond where it was stated to lie, with standard deviations; `applied`: whole
   * pixels of it, where significant.
   */
  | {
      verdict: 'registered';
      y: number;
      x: number;
      sigmaY: number;
      sigmaX: number;
      applied: { y: number; x: number };
    }
  /** Nothing to measure a shift from. */
  | { verdict: 'untold'; words: string }
  /** It is not to be added to the scan. */
  | { verdict: 'refused'; words: string };

/** The farthest that a rescan may lie from where it was stated to lie, pixels. */
export const shiftLimit = ([rows, columns]: readonly [number, number]): number =>
  Math.max(1, Math.min(MOST_PIXELS, Math.floor(MOST_SHARE * Math.min(rows, columns))));

interface Place {
  dy: number;
  dx: number;
  /** Logarithm of the likelihood that the rescan lies here, and of the chance that it drifted so far. */
  value: number;
  correlations: number[];
}

/**
 * Finds by how much a rescan is shifted against its parent: the most likely whole shift of its maps against smoothed
 * ones of the parent, and the top of a parabola around it. Each energy band is weighted by its agreement, whatever its
 * unit and its noise.
 * @param scan the parent
 * @param rescan its pixel (0, 0) was stated to lie at (y, x) of the parent
 * @param limit the largest shift that is corrected, pixels
 */
export function register(
  scan: RegisteredMaps,
  rescan: RegisteredMaps,
  { y, x }: { y: number; x: number },
  limit = shiftLimit(rescan.shape),
): Registration {
  if (Math.min(...rescan.shape) < SMALLEST_SIDE)
    return {
      verdict: 'untold',
      words: `fewer than ${SMALLEST_SIDE} pixels on a side are too few to measure a shift`,
    };
  const pairs = scan.bands.map(
    (band, i): MapPair => ({
      scan: smoothMap(band, scan.shape, SIGMA),
      rescan: Float64Array.from(rescan.bands[i]),
    }),
  );
  const rowStep = Math.ceil((rescan.shape[0] * rescan.shape[1]) / MOST_COMPARED);
  const search: ShiftSearch = {
    scanShape: scan.shape,
    shape: rescan.shape,
    y,
    x,
    rowStep,
    pixels: pairs[0].rescan.reduce((sum, value) => sum + (Number.isNaN(value) ? 0 : 1), 0),
    samplesPerPixel: Math.min(1, rowStep / Math.sqrt(PIXELS_PER_SAMPLE)) / Math.sqrt(PIXELS_PER_SAMPLE),
  };
  const reach = Math.ceil(limit) + 2;
  const places: Place[] = [];
  for (let dy = -reach; dy <= reach; dy++)
    for (let dx = -reach; dx <= reach; dx++) {
      const found = shiftLikelihood(pairs, search, dy, dx);
      if (found) places.push({ dy, dx, ...found, value: found.value + chanceOf(dy, dx) });
    }
  const best = places.reduce<Place | undefined>(
    (top, one) => (top && top.value >= one.value ? top : one),
    undefined,
  );
  const shares = pairs.map((pair, i) => shareOf(pair, scan.noise[i], rescan.noise[i]));
  const least = leastValue(places.length, pairs.length);
  if (!best || best.value < least) {
    // Likelihood of maps that differ by noise alone.
    const samples = search.pixels * search.samplesPerPixel;
    const would = shares.reduce((sum, share) => sum - (samples / 2) * Math.log(1 - share ** 2), 0);
    return best && would > SURELY * least
      ? { verdict: 'refused', words: 'its maps match those of the scan at no position' }
      : { verdict: 'untold', words: 'the maps do not determine a shift' };
  }
  const clearest = shares.indexOf(Math.max(...shares));
  const alike = {
    share: best.correlations[clearest] / shares[clearest],
    samples: search.pixels * search.samplesPerPixel,
  };
  if (mostLikeness(alike) < LEAST_LIKENESS) return { verdict: 'refused', words: unlike(alike.share) };
  const elsewhere = elsewhereOf(best, places, limit);
  if (elsewhere === undefined) return registered(best, places);
  // Layers and lattices match themselves at several shifts: that is no evidence of a shift.
  const said = places.find(({ dy, dx }) => dy === 0 && dx === 0);
  return said && best.value - said.value < ALIKE
    ? { verdict: 'untold', words: 'it fits its stated position as well as others' }
    : { verdict: 'refused', words: elsewhere };
}

/** Logarithm of the density of drifts, against that of none. */
const chanceOf = (dy: number, dx: number): number => -1.5 * Math.log(1 + (dy * dy + dx * dx) / DRIFT ** 2);

function registered(best: Place, places: readonly Place[]): Registration {
  const at = (dy: number, dx: number) => places.find((place) => place.dy === dy && place.dx === dx)?.value;
  const around = [-1, 0, 1].flatMap((v) => [-1, 0, 1].map((u) => at(best.dy + v, best.dx + u)));
  const isWhole = (values: (number | undefined)[]): values is number[] => !values.includes(undefined);
  const peak = isWhole(around) ? peakOf(around) : undefined;
  // A peak without a top is known to a pixel.
  const { y, x, sigmaY, sigmaX } = peak ?? { y: 0, x: 0, sigmaY: 1, sigmaX: 1 };
  const shift = { y: best.dy + y, x: best.dx + x };
  const whole = { y: Math.round(shift.y), x: Math.round(shift.x) };
  const better = (at(whole.y, whole.x) ?? best.value) - (at(0, 0) ?? Number.NEGATIVE_INFINITY);
  const applied = better > ALIKE ? { y: whole.y + 0, x: whole.x + 0 } : { y: 0, x: 0 };
  return { verdict: 'registered', ...shift, sigmaY, sigmaX, applied };
}

const unlike = (share: number): string =>
  `its maps are unlike those of the scan (they share ${Math.round(100 * share)} % of what is not noise)`;

/** Why a rescan that fits best elsewhere is not to be moved there, in words. */
function elsewhereOf(best: Place, places: readonly Place[], limit: number): string | undefined {
  const pixels = (value: number) => counted(Math.round(value), 'pixel');
  const isTop = ({ dy, dx, value }: Place) =>
    !places.some(
      (other) => other.value > value && Math.abs(other.dy - dy) <= 1 && Math.abs(other.dx - dx) <= 1,
    );
  const second = places.find(
    (place) =>
      best.value - place.value < ALIKE &&
      Math.hypot(place.dy - best.dy, place.dx - best.dx) > APART &&
      isTop(place),
  );
  if (second)
    return `it fits at (${best.dy}, ${best.dx}) and at (${second.dy}, ${second.dx}) pixels from its stated position equally well`;
  if (Math.max(Math.abs(best.dy), Math.abs(best.dx)) > limit)
    return `it lies ${pixels(Math.abs(best.dy))} in y and ${pixels(Math.abs(best.dx))} in x from its stated position, at most ${limit} are corrected`;
  return undefined;
}

/**
 * The correlation that maps may well have: few pixels constrain it little. Fisher's transformation, two standard
 * deviations.
 */
const mostLikeness = ({ share, samples }: { share: number; samples: number }): number =>
  samples > 4 ? Math.tanh(Math.atanh(Math.min(share, 1 - 1e-9)) + 2 / Math.sqrt(samples - 3)) : 1;

/** Likelihood that unrelated maps reach by chance at one of so many shifts: bound of χ² with a degree per band (Laurent & Massart 2000). */
function leastValue(shifts: number, bands: number): number {
  const t = Math.log(shifts / FALSE_ALARM);
  return (bands + 2 * Math.sqrt(bands * t) + 2 * t) / 2;
}

/** The correlation of two maps that differ by their noise alone: the share of their variance that is none. */
function shareOf({ scan, rescan }: MapPair, noiseOfScan: number, noiseOfRescan: number): number {
  const left = noiseLeft(SIGMA);
  const share = (map: Float64Array, noise: number) => Math.max(1 - noise / varianceOf(map), LEAST_SHARE);
  return Math.sqrt(share(scan, left * noiseOfScan) * share(rescan, noiseOfRescan));
}

function varianceOf(map: Float64Array): number {
  let [n, sum, squares] = [0, 0, 0];
  const origin = map.find((value) => !Number.isNaN(value)) ?? 0;
  for (const value of map) {
    if (Number.isNaN(value)) continue;
    n++;
    sum += value - origin;
    squares += (value - origin) ** 2;
  }
  return n > 1 ? (squares - (sum * sum) / n) / (n - 1) : 0;
}
