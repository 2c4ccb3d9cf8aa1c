import { type DetectorLevel, HARDLY_FALLS } from './detector-level.ts';
import { OF_LEVELS, type PowerLawFitter } from './power-law.ts';

/** Pixels by ln of their counts in the fit window: width of a bin. */
const BIN = 0.35;
/** A gap in ln counts this wide separates two populations whatever their exponents. */
const GAP = 1.5;
/** Deviations from which neighbouring bins, and populations, differ in exponent. */
const DIFFER = 3;
/** By how much a level's exponent is less than that of the specimen. */
const FLATTER_BY = 0.75;
/** No specimen's exponents spread this widely: the noise of such pixels exceeds counting noise. */
const WIDEST = 2;
/** A level has at least so many pixels. */
const FEWEST = 2;
/** Two populations with equal counts are separated by this many deviations of a pixel's own exponent, … */
const TOLD_APART = 4;
/** … if neither spreads by more than this share of what they spread by together. */
const NARROW = 0.4;

/** Sums over pixels; m = L/Y is the mean of x over a pixel's counts. */
class Sums {
  pixels = 0;
  /** Σ Y, Σ Y², Σ L, Σ L²/Y. */
  y = 0;
  #yy = 0;
  l = 0;
  #ll = 0;

  add(y: number, l: number): void {
    this.pixels++;
    this.y += y;
    this.#yy += y * y;
    this.l += l;
    this.#ll += (l * l) / y;
  }

  merge(other: Sums): void {
    this.pixels += other.pixels;
    this.y += other.y;
    this.#yy += other.#yy;
    this.l += other.l;
    this.#ll += other.#ll;
  }

  /** Mean of m, its variance, and that of m between pixels beyond counting noise (DerSimonian & Laird). */
  mean(scale: number): { mean: number; variance: number; between: number } {
    const { pixels, y, l } = this;
    const mean = l / y;
    const scatter = Math.max(0, this.#ll - l * mean) / scale;
    const between = pixels > 1 ? Math.max(0, (scatter - (pixels - 1)) / ((y - this.#yy / y) / scale)) : 0;
    return { mean, variance: scale / y + between / pixels, between };
  }
}

/** Bins [first, last] of ln Y: their pixels that hardly fall, those that do, and all of them. */
interface Group {
  first: number;
  last: number;
  flat: Sums;
  steep: Sums;
  all: Sums;
}

/** Pixels that may be a level, or the specimen. */
interface Population {
  group: Group;
  pixels: number;
  m: { mean: number; variance: number };
  exponent: number;
  deviation: number;
  leastM: number;
}

/**
 * Populations of pixels that differ from the specimen in their counts, or clearly in exponent, and hardly fall: vacuum.
 * At few counts one pixel does not determine its exponent, all of them together do. Bins of ln Y are joined from low
 * counts to high while their means of m agree. Where no population falls as a specimen does, nothing is called a level.
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
  const border = fitter.moments(HARDLY_FALLS).mean;
  const bins = new Map<number, Group>();
  const total = new Sums();
  let bin: Group | undefined;
  for (let pixel = 0; pixel < counts.length; pixel++) {
    const y = counts[pixel];
    if (!(y > 0)) continue;
    const index = Math.floor(Math.log(y) / BIN);
    if (index !== bin?.first) {
      bin = bins.get(index) ?? {
        first: index,
        last: index,
        flat: new Sums(),
        steep: new Sums(),
        all: new Sums(),
      };
      bins.set(index, bin);
    }
    (weighted[pixel] >= border * y ? bin.flat : bin.steep).add(y, weighted[pixel]);
  }
  for (const { flat, steep, all } of bins.values()) {
    all.merge(flat);
    all.merge(steep);
    total.merge(all);
  }
  if (total.pixels === 0) return [];
  const scale = gain * fitter.moments(fitter.solve(total.l / total.y)).variance;
  const groups = joined(
    [...bins.values()].sort((a, b) => a.first - b.first),
    scale,
  );
  return levelsAmong(groups.flatMap((group) => populations(group, fitter, scale, border)));
}

function differ(a: Population['m'], b: Population['m']): number {
  return Math.abs(a.mean - b.mean) / Math.sqrt(a.variance + b.variance);
}

function joined(bins: Group[], scale: number): Group[] {
  const groups: Group[] = [];
  for (const bin of bins) {
    const group = groups.at(-1);
    const isNear = group && (bin.first - group.last) * BIN < GAP;
    if (isNear && differ(group.all.mean(scale), bin.all.mean(scale)) < DIFFER) {
      group.last = bin.last;
      for (const part of ['flat', 'steep', 'all'] as const) group[part].merge(bin[part]);
    } else groups.push(bin);
  }
  return groups;
}

/** One, or two where the exponents of a group have two peaks. */
function populations(group: Group, fitter: PowerLawFitter, scale: number, border: number): Population[] {
  const of = (sums: Sums, leastM = Number.NEGATIVE_INFINITY): Population => {
    const m = sums.mean(scale);
    const exponent = fitter.solve(m.mean);
    const deviation = Math.sqrt(m.between) / fitter.moments(exponent).variance;
    return { group, pixels: sums.pixels, m, exponent, deviation, leastM };
  };
  const { flat, steep, all } = group;
  const whole = of(all);
  if (flat.pixels < FEWEST || steep.pixels < FEWEST) return [whole];
  const [level, specimen] = [of(flat, border), of(steep)];
  const mostNoise = Math.max(flat.pixels / flat.y, steep.pixels / steep.y);
  const own = Math.sqrt(scale * mostNoise) / fitter.moments(whole.exponent).variance;
  const hasTwo =
    specimen.exponent - level.exponent > TOLD_APART * own &&
    Math.max(level.deviation, specimen.deviation) < NARROW * whole.deviation;
  return hasTwo ? [level, specimen] : [whole];
}

function levelsAmong(found: Population[]): DetectorLevel[] {
  const isWide = ({ deviation }: Population) => deviation > WIDEST;
  const specimen = found
    .filter((population) => population.exponent >= HARDLY_FALLS && !isWide(population))
    .sort((a, b) => b.pixels - a.pixels)
    .at(0);
  if (!specimen) return [];
  const most = Math.min(HARDLY_FALLS, specimen.exponent - FLATTER_BY);
  const isLevel = (population: Population) =>
    population.pixels >= FEWEST &&
    (isWide(population) || (population.exponent < most && differ(population.m, specimen.m) > DIFFER));
  return found.filter(isLevel).map((population) => ({
    from: Math.exp(population.group.first * BIN),
    to: Math.exp((population.group.last + 1) * BIN),
    leastM: population.leastM,
    ...(isWide(population) ? OF_LEVELS : { mean: population.exponent, variance: population.deviation ** 2 }),
  }));
}
