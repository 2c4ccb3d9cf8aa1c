import type { DetectorLevel } from './detector-level.ts';
import { OF_LEVELS, type PowerLawFitter } from './power-law.ts';

/** Pixels by ln of their counts in the fit window: width of a bin. */
const BIN = 0.35;
/** A stretch of ln counts without pixels that separates two populations whatever their exponents are. */
const GAP = 1.5;
/** Deviations from which neighbouring bins, and populations, differ in exponent. */
const BINS_DIFFER = 3;
const SURELY = 3.5;
/** What a level's exponent is less than, and by how much it is less than that of the specimen. */
const HARDLY_FALLS = 1.75;
const FLATTER_BY = 0.75;
/** No specimen's exponents spread as widely: the noise of such pixels is not that of their counts. */
const WIDEST = 2;
/** A level has at least so many pixels. */
const FEWEST = 2;

/** What the pixels of some bins add up to; m = L/Y is the mean of x over a pixel's counts. */
interface Sums {
  first: number;
  last: number;
  pixels: number;
  /** Σ Y, Σ Y², Σ L, Σ L²/Y. */
  y: number;
  yy: number;
  l: number;
  ll: number;
}

/** Mean of m over some pixels, its variance, and that of m between pixels beyond counting noise (DerSimonian & Laird). */
interface Mean {
  mean: number;
  variance: number;
  between: number;
}

/**
 * Populations of pixels that differ from the specimen both in their counts and in that these hardly fall: vacuum. One such
 * pixel at few counts does not tell its exponent, all of them together do. Bins of ln Y are joined from low counts to high
 * while their means of m agree. Where no population falls as a specimen does, nothing is called a level.
 * @param counts Y of each pixel, 0 where it is not measured
 * @param weighted Σ y·x of each pixel
 * @param gain variance over mean of the counts
 * @returns none in most scans
 */
export function findLevels(
  fitter: PowerLawFitter,
  counts: Float64Array,
  weighted: Float64Array,
  gain: number,
): DetectorLevel[] {
  const bins = new Map<number, Sums>();
  let bin: Sums | undefined;
  let y = 0;
  let l = 0;
  for (let pixel = 0; pixel < counts.length; pixel++) {
    if (!(counts[pixel] > 0)) continue;
    const index = Math.floor(Math.log(counts[pixel]) / BIN);
    if (index !== bin?.first) {
      bin = bins.get(index);
      if (!bin) {
        bin = { first: index, last: index, pixels: 0, y: 0, yy: 0, l: 0, ll: 0 };
        bins.set(index, bin);
      }
    }
    bin.pixels++;
    bin.y += counts[pixel];
    bin.yy += counts[pixel] ** 2;
    bin.l += weighted[pixel];
    bin.ll += weighted[pixel] ** 2 / counts[pixel];
    y += counts[pixel];
    l += weighted[pixel];
  }
  if (bins.size < 2) return [];
  const scale = gain * fitter.moments(fitter.solve(l / y)).variance;
  const groups = joined([...bins.values()].sort((a, b) => a.first - b.first), scale);
  if (groups.length < 2) return [];
  return levelsAmong(groups, fitter, scale);
}

function meanOf({ pixels, y, yy, l, ll }: Sums, scale: number): Mean {
  const mean = l / y;
  const scatter = Math.max(0, ll - l * mean) / scale;
  const freedom = (y - yy / y) / scale;
  const between = pixels > 1 ? Math.max(0, (scatter - (pixels - 1)) / freedom) : 0;
  return { mean, variance: scale / y + between / pixels, between };
}

function differ(a: Mean, b: Mean): number {
  return Math.abs(a.mean - b.mean) / Math.sqrt(a.variance + b.variance);
}

function joined(bins: Sums[], scale: number): Sums[] {
  const groups: Sums[] = [];
  for (const bin of bins) {
    const group = groups.at(-1);
    const near = group && (bin.first - group.last) * BIN < GAP;
    if (near && differ(meanOf(group, scale), meanOf(bin, scale)) < BINS_DIFFER) {
      group.last = bin.last;
      group.pixels += bin.pixels;
      group.y += bin.y;
      group.yy += bin.yy;
      group.l += bin.l;
      group.ll += bin.ll;
    } else groups.push({ ...bin });
  }
  return groups;
}

function levelsAmong(groups: Sums[], fitter: PowerLawFitter, scale: number): DetectorLevel[] {
  const found = groups.map((group) => {
    const m = meanOf(group, scale);
    const exponent = fitter.solve(m.mean);
    const deviation = Math.sqrt(m.between) / fitter.moments(exponent).variance;
    return { group, m, exponent, deviation, isWide: deviation > WIDEST };
  });
  const specimen = found
    .filter(({ exponent, isWide }) => exponent >= HARDLY_FALLS && !isWide)
    .sort((a, b) => b.group.pixels - a.group.pixels)
    .at(0);
  if (!specimen) return [];
  const most = Math.min(HARDLY_FALLS, specimen.exponent - FLATTER_BY);
  return found
    .filter(
      ({ group, m, exponent, isWide }) =>
        group.pixels >= FEWEST && (isWide || (exponent < most && differ(m, specimen.m) > SURELY)),
    )
    .map(({ group, exponent, deviation, isWide }) => ({
      from: Math.exp(group.first * BIN),
      to: Math.exp((group.last + 1) * BIN),
      ...(isWide ? OF_LEVELS : { mean: exponent, variance: deviation ** 2 }),
    }));
}
