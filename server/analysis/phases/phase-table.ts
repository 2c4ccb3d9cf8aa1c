import { ABSENT, type Phase, type PhaseTable } from '../../../protocol/index.ts';
import { median } from '../math/median.ts';
import { regionSizes } from './label-regions.ts';
import { type PhaseMap, STANDINGS } from './phase-map.ts';

/** Smaller regions are as likely noise. */
const LEAST_REGION = 4;
/** An edge confirms a phase that it names in this share of its pixels. */
const CONFIRMS = 0.5;

export interface PhaseSurroundings {
  /** Rows, columns. */
  shape: readonly [number, number];
  /** Names of the edges that the map was made of, in their order. */
  edges: readonly string[];
  /** t/λ of each pixel, NaN where it is not known; undefined without a zero-loss peak. */
  thickness?: Float32Array;
  pixelSizeNm?: number;
}

/** Sums over the pixels of one phase. */
interface Sums {
  count: number;
  variance: number;
  standings: number[];
  /** Pixels in which each edge names it. */
  named: number[];
  thick: number;
  thickness: number;
  squares: number;
}

/** The table of a phase map; `Phase` of the protocol says what each figure is. */
export function phaseTable(found: PhaseMap, surroundings: PhaseSurroundings): PhaseTable {
  const { shape, edges } = surroundings;
  const sums = found.phases.map(
    (): Sums => ({
      count: 0,
      variance: 0,
      standings: STANDINGS.map(() => 0),
      named: edges.map(() => 0),
      thick: 0,
      thickness: 0,
      squares: 0,
    }),
  );
  let [pixels, absent] = [0, 0];
  for (let pixel = 0; pixel < found.map.length; pixel++) {
    const phase = found.map[pixel];
    if (phase < ABSENT) continue;
    pixels++;
    if (phase === ABSENT) absent++;
    else add(sums[phase], found, pixel, surroundings);
  }
  const regions = regionSizes(found.map, shape);
  return {
    pixels,
    absent,
    phases: sums.map((sum, number) =>
      described(found, number, sum, regions.get(number) ?? [], pixels - absent, surroundings),
    ),
  };
}

function add(sum: Sums, found: PhaseMap, pixel: number, { edges, thickness }: PhaseSurroundings): void {
  sum.count++;
  // Classes without a probability of their own are taken at their word.
  const doubt = Math.min(Math.max(found.doubt[pixel] || 0, 0), 1);
  sum.variance += doubt * (1 - doubt);
  sum.standings[found.standing[pixel]]++;
  for (let edge = 0; edge < edges.length; edge++) if (found.by[pixel] & (1 << edge)) sum.named[edge]++;
  const value = thickness?.[pixel] ?? Number.NaN;
  if (!Number.isFinite(value)) return;
  sum.thick++;
  sum.thickness += value;
  sum.squares += value * value;
}

function described(
  { phases }: PhaseMap,
  number: number,
  sum: Sums,
  sizes: readonly number[],
  present: number,
  { edges, pixelSizeNm }: PhaseSurroundings,
): Phase {
  const { name, isNamed, labels } = phases[number];
  const { count, variance, standings, named } = sum;
  const regions = sizes.filter((size) => size >= LEAST_REGION);
  const diameter = median(Float64Array.from(regions, (size) => 2 * Math.sqrt(size / Math.PI)));
  const [confirmed, undecided] = standings;
  return {
    number,
    name,
    isNamed,
    edges: isNamed ? edges.filter((_, edge) => named[edge] >= CONFIRMS * count) : [],
    parts: edges.flatMap((edge, index) => {
      const own = labels.get(index);
      return own ? [{ edge, labels: [...own].sort((a, b) => a - b) }] : [];
    }),
    count,
    fraction: count / present,
    fractionSigma: Math.sqrt(variance) / present,
    ...thicknessOf(sum),
    regions: regions.length,
    ...(regions.length > 0 && { medianSizePixels: diameter }),
    ...(regions.length > 0 && pixelSizeNm !== undefined && { medianSizeNm: diameter * pixelSizeNm }),
    confirmed: confirmed / count,
    undecided: undecided / count,
  };
}

/** Mean t/λ and its standard error. */
function thicknessOf({ thick, thickness, squares }: Sums): Pick<Phase, 'thickness' | 'thicknessSigma'> {
  if (thick === 0) return {};
  const mean = thickness / thick;
  const variance = Math.max(0, squares / thick - mean * mean);
  return {
    thickness: mean,
    ...(thick > 1 && { thicknessSigma: Math.sqrt(variance / (thick - 1)) }),
  };
}
