import { PLAN_TERMS, type PlanRectangle } from '../../../protocol/index.ts';
import { pixelValues, planRescan } from '../../../server/analysis/plan/plan-rescan.ts';
import {
  jointBasis,
  jointInput,
  jointScores,
  jointVariances,
  labelsIn,
  learntCentres,
  modelOf,
  trueCentres,
} from '../../support/joint-scores.ts';
import { exposed, RARE, rescanPhantom } from '../../support/rescan-phantom.ts';

const STEP = 4;
/** All that may be spent, as a share of a full scan. */
const SHARE = 0.15;
/** Plans that share it. */
const ROUNDS = 1;

export interface RareCase {
  /** Pixels of the rare phase, and those that the coarse scan met. */
  size: number;
  met: number;
  /** Share of its pixels that were scanned finely, and of these that have its class. */
  covered: number;
  found: number;
  spent: number;
}

/**
 * A coarse scan of every fourth pixel, the model learnt from it without the rare phase in mind, and fine scans of the regions
 * that plans for it ask for: each of their pixels once for every dwell.
 */
export function rareCase(seed: number, dose: number, radius: number): RareCase {
  const phantom = rescanPhantom({ seed, dose, rareRadius: radius });
  const side = phantom.shape[1];
  const coarseSide = side / STEP;
  const fineOf = Int32Array.from(
    { length: coarseSide ** 2 },
    (_, i) => (STEP * Math.floor(i / coarseSide) + STEP / 2) * side + STEP * (i % coarseSide) + STEP / 2,
  );
  const all = exposed(phantom, () => 1, seed + 100);
  const coarse = all.map((counts) => {
    const channels = counts.length / phantom.truth.length;
    const taken = new Float64Array(fineOf.length * channels);
    fineOf.forEach((pixel, i) => {
      taken.set(counts.subarray(pixel * channels, (pixel + 1) * channels), i * channels);
    });
    return taken;
  });
  const shape: [number, number] = [coarseSide, coarseSide];
  const exposure = new Float32Array(fineOf.length).fill(1);
  const basis = jointBasis(coarse, exposure);
  const scores = jointScores(coarse, exposure, basis);
  const variances = jointVariances(coarse, exposure, basis);
  const model = modelOf(learntCentres(scores, 5), scores, variances);
  const rare = [...phantom.truth.keys()].filter((pixel) => phantom.truth[pixel] === RARE);
  const met = rare.filter((pixel) => fineOf.includes(pixel)).length;
  const total = SHARE * phantom.truth.length;
  let spent = fineOf.length;
  const regions: PlanRectangle[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    // A dwell of a coarse pixel is 16 fine ones; what was scanned is no more novel.
    const input = jointInput(shape, exposure, scores, variances, model);
    for (const { novelty } of input.edges)
      novelty.forEach((_, i) => {
        if (isCovered(regions, i, coarseSide)) novelty[i] = 0;
      });
    const budget = (total - spent) / STEP ** 2 / (ROUNDS - round);
    const plan = planRescan(pixelValues(input), input, {
      budget: { unit: 'pixels', value: budget },
      terms: PLAN_TERMS,
    });
    for (const region of plan.regions) {
      regions.push(region);
      spent += region.height * region.width * region.dwells * STEP ** 2;
    }
  }
  const ones = new Float32Array(phantom.truth.length).fill(1);
  const clean = jointScores(phantom.expected, ones, basis);
  const known = { centres: trueCentres(clean, phantom.truth, 6) };
  const labels = labelsIn(jointScores(all, ones, basis), known);
  const covered = rare.filter((pixel) => {
    const [row, column] = [Math.floor(pixel / side), pixel % side];
    return isCovered(regions, Math.floor(row / STEP) * coarseSide + Math.floor(column / STEP), coarseSide);
  });
  return {
    size: rare.length,
    met,
    covered: covered.length / rare.length,
    found: covered.filter((pixel) => labels[pixel] === RARE).length / Math.max(covered.length, 1),
    spent: spent / phantom.truth.length,
  };
}

function isCovered(regions: readonly PlanRectangle[], pixel: number, columns: number): boolean {
  const [row, column] = [Math.floor(pixel / columns), pixel % columns];
  return regions.some(
    ({ y, x, height, width }) => row >= y && row < y + height && column >= x && column < x + width,
  );
}
