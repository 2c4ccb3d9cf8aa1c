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
  /** Decision between the class of each pixel and its closest alternative, `DECISION_NUMBERS` each. */
  decisions: Float32Array;
  /** By label, where references name them. */
  classNames?: Record<number, string>;
}

/** Fault of a pixel, as in `PlanInput.missing`. */
export const MISSING = { lost: 1, masked: 2, saturated: 3 } as const;

export interface PlanInput {
  /** Rows, columns. */
  shape: readonly [number, number];
  /** Total dwell of each pixel in units of the first pass's; 0 where not measured. */
  exposure: Float32Array;
  /** Dwells that each pixel was given besides, whose counts are not used; none where left out. */
  discarded?: Float32Array;
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
/** A saturated pixel is exposed again for this part of the dwell that saturated it, repeatedly if needed. */
const SHORTER = 0.25;
/** Most reductions: a pixel still saturated then is faulty. */
const MOST_TIMES = 4;
/** Dwells for novel pixels: enough to classify them. */
export const NOVELTY_DWELLS = 4;

export type Terms = PlanRequest['terms'];

/**
 * Dwells for a saturated pixel, whose new counts replace the old ones.
 * @param exposure of the saturated counts; more than a dwell is the sum of several
 * @returns 0 where it has been tried often enough
 */
export function unsaturatedDwells(exposure: number): number {
  const times = 1 + Math.max(0, Math.ceil(Math.log(exposure) / Math.log(SHORTER) - 1e-6));
  return times > MOST_TIMES ? 0 : SHORTER ** times;
}

/** Whether a pixel may get so much more. */
export function isAllowed(input: PlanInput, pixel: number, dwells: number): boolean {
  const { doseRate, doseLimit, exposure, discarded } = input;
  if (doseRate === undefined || doseLimit === undefined) return true;
  return (exposure[pixel] + (discarded?.[pixel] ?? 0) + dwells) * doseRate <= doseLimit;
}
