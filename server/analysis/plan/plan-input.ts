import type { PlanRequest, PlanTiming } from '../../../protocol/index.ts';

/** Maps of one edge that plans are made by, row-major over the scan. */
export interface PlanEdge {
  name: string;
  /** −1 absent, −2 not measured. */
  labels: Int16Array;
  snr: Float32Array;
  intensity: Float32Array;
  /** Above 1 a pixel is novel. */
  novelty: Float32Array;
  /** What stands between the class of each pixel and the next in question, `DECISION_NUMBERS` each. */
  decisions: Float32Array;
  /** By label, where references name them. */
  classNames?: Record<number, string>;
}

/** What is wrong with a pixel, as in `PlanInput.missing`. */
export const MISSING = { lost: 1, masked: 2, saturated: 3 } as const;

export interface PlanInput {
  /** Rows, columns. */
  shape: readonly [number, number];
  /** Total dwell of each pixel in units of the first pass's; 0 where not measured. */
  exposure: Float32Array;
  /** 0 fine; 1 lost or aborted, 2 masked, 3 saturated: a shorter dwell replaces what is there. */
  missing: Uint8Array;
  edges: readonly PlanEdge[];
  timing?: PlanTiming;
  pixelSizeNm?: number;
  /** e/Å² that one dwell gives a pixel, and the most that it may get in all. */
  doseRate?: number;
  doseLimit?: number;
}

/** Further dwells that a region can be given. */
export const DWELLS = [1, 2, 4, 8] as const;
/** What a saturated pixel is exposed to anew; its counts take the place of those before. */
export const SATURATED_DWELLS = 0.25;
/** What pixels that are unlike all others are given: enough to learn from. */
export const NOVELTY_DWELLS = 4;

export type Terms = PlanRequest['terms'];

/** Whether a pixel may get so much more. */
export function isAllowed({ doseRate, doseLimit }: PlanInput, exposure: number, dwells: number): boolean {
  if (doseRate === undefined || doseLimit === undefined) return true;
  return (exposure + dwells) * doseRate <= doseLimit;
}
