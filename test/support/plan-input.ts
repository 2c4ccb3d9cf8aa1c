import { DECISION_NUMBERS, writeDecision } from '../../server/analysis/clustering/class-decision.ts';
import type { PlanEdge, PlanInput } from '../../server/analysis/plan/plan-input.ts';

/** An edge that is there in all pixels, certain but where `doubt` says that the odds of another class are e^odds. */
export function plannedEdge(
  name: string,
  pixels: number,
  doubt: (pixel: number) => number | undefined,
): PlanEdge {
  const decisions = new Float32Array(DECISION_NUMBERS * pixels);
  for (let pixel = 0; pixel < pixels; pixel++) {
    const odds = doubt(pixel) ?? -12;
    // Centres four times the noise apart: the odds follow from where the pixel is seen.
    const margin = -odds / 4;
    writeDecision(decisions, DECISION_NUMBERS * pixel, { margin, apart: 4, scatter: 0.02, odds, other: 1 });
  }
  return {
    name,
    labels: new Int16Array(pixels),
    snr: new Float32Array(pixels).fill(20),
    intensity: new Float32Array(pixels).fill(100),
    novelty: new Float32Array(pixels).fill(0.5),
    decisions,
  };
}

/** A scan that was exposed once, nothing missing. */
export function planInput(shape: [number, number], edges: PlanEdge[]): PlanInput {
  const pixels = shape[0] * shape[1];
  return { shape, exposure: new Float32Array(pixels).fill(1), missing: new Uint8Array(pixels), edges };
}
