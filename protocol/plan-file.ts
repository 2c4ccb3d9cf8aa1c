import type {
  Plan,
  PlanBudget,
  PlanDrift,
  PlanRegion,
  PlanStatus,
  PlanTerm,
  PlanTiming,
  PlanVerdict,
  Settled,
} from './plan.ts';
import type { PLAN_VERSION } from './plan-limits.ts';
import type { ScanContext } from './scan.ts';

/** Mean and most of what a pixel gets. */
export interface PixelDose {
  mean: number;
  most: number;
}

/** A region of `plan.json`, best first. */
export interface PlanFileRegion extends PlanRegion {
  /** Outline from the upper left corner of the scan, where the pixel size is known. */
  nm?: { y: number; x: number; height: number; width: number };
}

/** A small picture of the scan by which a microscope finds the place again. */
export interface SurveyThumbnail {
  /** Total counts of the core loss, means over `step` × `step` pixels; NaN where none is measured. */
  kind: 'counts';
  /** Rows, columns. */
  shape: [number, number];
  /** Pixels of the scan that a sample is the mean of, along each side; less at the lower and right edge. */
  step: number;
  dtype: 'f32';
  /** Little endian, row-major, base64. */
  data: string;
}

/** Content of `plan.json` and of `/api/plan`. */
export interface PlanFile {
  version: typeof PLAN_VERSION;
  program: { name: 'eelwatch'; version: string };
  scan: {
    id: string;
    name: string;
    shape: [number, number];
    pixelSizeNm?: number;
    dwellSeconds?: number;
    context?: ScanContext;
    simulated?: boolean;
  };
  budget: PlanBudget;
  terms: readonly PlanTerm[];
  status: PlanStatus;
  verdict: PlanVerdict;
  words: string;
  /** Why it has expired. */
  expiredFor?: string;
  /** What is exported is moved by it. */
  drift?: PlanDrift;
  regions: PlanFileRegion[];
  cost: Plan['cost'];
  /** Pixels expected to be put right by all regions, and pixels expected to be wrong without. */
  gain: number;
  wrong: number;
  settled: Settled;
  /** What pixels get before and after the plan: e/Å² where beam current, pixel size and dwell time are known, else dwells. */
  dose: { units: 'e/Å²' | 'dwells'; before: PixelDose; after: PixelDose; limit?: number };
  timing?: PlanTiming;
  /** What the plan was made from: it is for these maps alone. */
  generatedFrom: {
    /** Models by edge. */
    revisions: Record<string, number>;
    /** Pixels that are measured. */
    pixels: number;
    /** SHA-256 of the class maps in the order of `revisions`, and of the exposures. */
    hash: string;
  };
  survey: SurveyThumbnail;
}
