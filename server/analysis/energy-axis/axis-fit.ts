import type { EnergyAxis, ProposedAxis } from '../../../protocol/index.ts';
import {
  type AxisChange,
  type Candidate,
  energyUnder,
  isWithin,
  MOST_STRETCH,
  rangeFor,
  type Sighting,
  suits,
} from './axis-match.ts';
import type { Reading } from './onset-search.ts';

/** A feature with the edge it is taken for. */
export interface Match {
  edge: Candidate;
  sighting: Sighting;
}

/** A match with the way in which its feature is read. */
export interface ReadMatch extends Match {
  reading: Reading;
}

/** Dispersions as filed are wrong by such shares (standard deviation). */
const STRETCH_SIGMA = 0.06;
/** χ² penalty for reading a feature by a shape with no significance. */
const WORSE_SHAPE = 20;
/** Most specimens are near the usual chemistry: in the fit, not in its uncertainty, the ranges count by this share. */
const USUAL_SHARE = 1 / 6;
const MOST_COMBINATIONS = 300;

/** The strongest feature within the range of each edge under an axis; each feature once, asked edges first. */
export function matches(
  found: readonly Sighting[],
  candidates: readonly Candidate[],
  offset: number,
  change: AxisChange,
): Match[] {
  const taken = new Set<Sighting>();
  const all: Match[] = [];
  for (const edge of [...candidates].sort((a, b) => Number(b.asked) - Number(a.asked))) {
    const best = found
      .filter((sighting) => !taken.has(sighting) && isWithin(edge, sighting, offset, change))
      .sort((a, b) => b.snr - a.snr)[0];
    if (!best) continue;
    taken.add(best);
    all.push({ edge, sighting: best });
  }
  return all;
}

/** Where a reading of an edge is expected, and how far chemistry may move it (standard deviation), eV. */
function expectation(edge: Candidate, isLine: boolean): { ev: number; sigma: number } {
  const [low, high] = rangeFor(edge, isLine);
  return { ev: isLine ? edge.line.usual : edge.onsetEv, sigma: (high - low) / Math.sqrt(12) };
}

export interface AxisFit {
  change: AxisChange;
  axis: ProposedAxis;
  used: ReadMatch[];
  /** Sum of the features' and the stretch's χ². */
  chiSquare: number;
}

/** The axis under which the features fit their edges best, every feature read in the way that fits best. */
export function fitAxis(used: readonly Match[], filed: EnergyAxis): AxisFit {
  let best: AxisFit | undefined;
  for (const read of combinations(used)) {
    const fit = fitRead(read, filed);
    if (!best || fit.chiSquare < best.chiSquare) best = fit;
  }
  if (!best) throw new Error('expected a feature at least');
  return best;
}

/** All ways to read some features; later ones are read by their better shape where there are too many. */
function combinations(used: readonly Match[]): ReadMatch[][] {
  let all: ReadMatch[][] = [[]];
  for (const match of used) {
    const readings = match.sighting.readings.filter((reading) => suits(match.edge, reading));
    const tried = all.length * readings.length > MOST_COMBINATIONS ? readings.slice(0, 1) : readings;
    all = all.flatMap((before) => tried.map((reading) => [...before, { ...match, reading }]));
  }
  return all;
}

/** Weighted least squares of offset and, for two features and more, dispersion, which is drawn to the one as filed. */
function fitRead(used: ReadMatch[], filed: EnergyAxis): AxisFit {
  const points = used.map(({ edge, sighting, reading: { isLine, place, sigma, snr } }) => {
    const { ev, sigma: chemistry } = expectation(edge, isLine);
    return {
      x: used.length > 1 ? place - filed.offset : 0,
      y: ev - place,
      weight: 1 / ((USUAL_SHARE * chemistry) ** 2 + sigma ** 2),
      variance: chemistry ** 2 + sigma ** 2,
      cost: WORSE_SHAPE * (1 - snr / sighting.snr),
    };
  });
  let [w0, w1, w2, y0, y1] = [0, 0, 1 / STRETCH_SIGMA ** 2, 0, 0];
  for (const { x, y, weight } of points) {
    w0 += weight;
    w1 += weight * x;
    w2 += weight * x * x;
    y0 += weight * y;
    y1 += weight * x * y;
  }
  const determinant = w0 * w2 - w1 * w1;
  const free = (w0 * y1 - w1 * y0) / determinant;
  const stretch = Math.min(Math.max(free, -MOST_STRETCH), MOST_STRETCH);
  const shift = (y0 - stretch * w1) / w0;
  /** Variance of the energy at a channel: each point by its influence, including chemical shifts. */
  const variance = (at: number) =>
    points.reduce((sum, { x, weight, variance: own }) => {
      const share = (weight * (w2 - w1 * (x + at) + w0 * x * at)) / determinant;
      return sum + share ** 2 * own;
    }, 0);
  return {
    change: { shift, stretch },
    axis: {
      offset: filed.offset + shift,
      dispersion: filed.dispersion * (1 + stretch),
      sigma: Math.sqrt(Math.max(...points.map(({ x }) => variance(x)))),
    },
    used,
    chiSquare: points.reduce(
      (sum, { x, y, variance: own, cost }) => sum + (y - shift - stretch * x) ** 2 / own + cost,
      (stretch / STRETCH_SIGMA) ** 2,
    ),
  };
}

/** By how much a change of the axis moves the features, at most, eV. */
export const largestMove = (used: readonly ReadMatch[], offset: number, change: AxisChange): number =>
  Math.max(...used.map(({ reading: { place } }) => Math.abs(energyUnder(offset, change, place) - place)));
