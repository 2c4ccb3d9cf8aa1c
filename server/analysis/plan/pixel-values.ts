import { type ClassDecision, rightNow } from '../clustering/class-decision.ts';
import { EdgeDoubt } from './edge-doubt.ts';
import { novelPixels } from './novel-pixels.ts';
import {
  DWELLS,
  isAllowed,
  MISSING,
  NOVELTY_DWELLS,
  type PlanInput,
  unsaturatedDwells,
} from './plan-input.ts';

/** Expected gain of further dwells, in corrected pixels. */
export interface Gains {
  dwells: number;
  classes: Float32Array;
  presence: Float32Array;
}

/** Worth of each pixel, row-major; NaN where not measured, or where the pixel may not be exposed any more. */
export interface PixelValues {
  /** All terms together: gain per dwell at the number of dwells that suits the pixel best. */
  value: Float32Array;
  classes: Float32Array;
  presence: Float32Array;
  novelty: Float32Array;
  missing: Float32Array;
  /** For each number of dwells; 0 where nothing is known. */
  gains: Gains[];
  /** Probability that some label of a pixel is wrong; 0 where it is not measured. */
  wrong: Float32Array;
  /** Value of pixels for being unlike all landmarks, 0–1. */
  novel: Float32Array;
  /** Expected pixels corrected by measuring a missing one. */
  missingGain: number;
  doubts: EdgeDoubt[];
}

/** Gains below this are none: they cost time in all that follows. */
const NO_GAIN = 1e-4;

/**
 * Worth of scanning pixels again. A pixel is right when its labels of all edges are those that its spectrum without
 * noise would have; with edges independent the gain is Π P(right after) − Π P(right now). The shares of class and
 * presence are Shapley values (gain on its own and as the last of both), so that they add up.
 */
export function pixelValues(input: PlanInput): PixelValues {
  const { exposure, missing, edges } = input;
  const n = exposure.length;
  const doubts = edges.map((edge) => new EdgeDoubt(edge, input));
  const blank = () => new Float32Array(n).fill(Number.NaN);
  const values: PixelValues = {
    value: blank(),
    classes: blank(),
    presence: blank(),
    novelty: novelPixels(input),
    missing: new Float32Array(n),
    gains: DWELLS.map((dwells) => ({
      dwells,
      classes: new Float32Array(n),
      presence: new Float32Array(n),
    })),
    wrong: new Float32Array(n),
    novel: new Float32Array(0),
    missingGain: 1,
    doubts,
  };
  values.novel = values.novelty.map((worth) => (worth > 0 ? worth : 0));
  let [right, measured] = [0, 0];
  for (let pixel = 0; pixel < n; pixel++) {
    if (!(exposure[pixel] > 0) || missing[pixel] > 0) continue;
    const seen: Seen[] = [];
    let now = 1;
    for (const doubt of doubts) {
      if (!doubt.isMeasured(pixel)) continue;
      const decision = doubt.decisionOf(pixel);
      const right = decision ? rightNow(decision) : 1;
      now *= doubt.right(pixel, right);
      seen.push({ doubt, decision, right });
    }
    if (seen.length === 0) continue;
    values.wrong[pixel] = 1 - now;
    right += now;
    measured++;
    valuePixel(values, pixel, seen, now, input);
  }
  if (measured > 0) values.missingGain = right / measured;
  addMissing(values, input);
  return values;
}

/** State of a pixel for one edge. */
interface Seen {
  doubt: EdgeDoubt;
  decision: ClassDecision | undefined;
  /** Probability that its class is right. */
  right: number;
}

function valuePixel(
  values: PixelValues,
  pixel: number,
  seen: readonly Seen[],
  now: number,
  input: PlanInput,
): void {
  let best = 0;
  values.classes[pixel] = 0;
  values.presence[pixel] = 0;
  const mayBeExposed = isAllowed(input, pixel, DWELLS[0]);
  for (const { dwells, classes, presence } of values.gains) {
    if (1 - now < NO_GAIN || !isAllowed(input, pixel, dwells)) break;
    let [byClass, byPresence, byBoth] = [1, 1, 1];
    for (const { doubt, decision, right } of seen) {
      const after = doubt.after(pixel, dwells, decision, right);
      byClass *= after.byClass;
      byPresence *= after.byPresence;
      byBoth *= after.byBoth;
    }
    classes[pixel] = (byClass - now + byBoth - byPresence) / 2;
    presence[pixel] = (byPresence - now + byBoth - byClass) / 2;
    const perDwell = (byBoth - now) / dwells;
    if (perDwell <= best) continue;
    best = perDwell;
    values.classes[pixel] = classes[pixel] / dwells;
    values.presence[pixel] = presence[pixel] / dwells;
  }
  if (!mayBeExposed) {
    for (const map of [values.classes, values.presence, values.novelty]) map[pixel] = Number.NaN;
    values.novel[pixel] = 0;
    return;
  }
  values.novelty[pixel] = values.novel[pixel] / NOVELTY_DWELLS;
  values.value[pixel] = values.classes[pixel] + values.presence[pixel] + values.novelty[pixel];
}

/** A missing pixel will be right as often as the others are. */
function addMissing(values: PixelValues, input: PlanInput): void {
  const { exposure, missing } = input;
  for (let pixel = 0; pixel < missing.length; pixel++) {
    const dwells = missing[pixel] === MISSING.saturated ? unsaturatedDwells(exposure[pixel]) : 1;
    if (missing[pixel] === 0 || dwells === 0 || !isAllowed(input, pixel, dwells)) continue;
    values.missing[pixel] = values.missingGain / dwells;
    values.value[pixel] = values.missing[pixel];
  }
}
