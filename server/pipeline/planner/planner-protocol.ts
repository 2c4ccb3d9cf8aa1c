import type { JudgedRegion, PlanRectangle, PlanRequest, PlanTiming } from '../../../protocol/index.ts';
import type { EdgeMaps } from '../edge/edge-protocol.ts';
import type { Proposal } from './plan-state.ts';

/** Layers that the planner writes, in shared memory; NaN where not measured. */
export const PLAN_LAYERS = [
  'plan-value',
  'plan-classes',
  'plan-presence',
  'plan-novelty',
  'plan-missing',
] as const;
export type PlanLayerKind = (typeof PLAN_LAYERS)[number];
export type PlanLayers = Record<PlanLayerKind, Float32Array>;

export interface PlannerWorkerData {
  /** Rows, columns. */
  shape: readonly [number, number];
  /** By name, in shared memory; read only. */
  edges: Record<string, EdgeMaps>;
  /** Total dwell of each pixel in units of the first pass's; 0 where not measured. Shared, read only. */
  exposure: Float32Array;
  /** Dwells that each pixel was given besides, whose counts are not used. Shared, read only. */
  discarded: Float32Array;
  /** Fault of the samples of a pixel, 0 where nothing is (`PIXEL_FAULT`). Shared, read only. */
  faults: Uint8Array;
  /** Written. */
  layers: PlanLayers;
  timing?: PlanTiming;
  pixelSizeNm?: number;
  /** e/Å² that one dwell gives a pixel, and the most that it may get in all. */
  doseRate?: number;
  doseLimit?: number;
}

export interface PlannerCommand {
  type: 'plan';
  request: PlanRequest;
  /** Whether the maps have changed; otherwise the current values are used. */
  fresh: boolean;
  /** Edges that have a model, in the order of the scan's, with names of classes by label where known. */
  edges: { name: string; classNames: Record<number, string> }[];
  /** No more pixels come for now: what is not measured is missing. */
  ended: boolean;
  /** Passes that there will be. */
  passes: number;
  /** Current proposal: an equally good plan stays near it. Empty for the canonical one at the end of a scan. */
  previous: PlanRectangle[];
}

/** Requests the gain of rectangles drawn by an operator. */
export interface AssessCommand {
  type: 'assess';
  rectangles: PlanRectangle[];
}

export type PlannerReport =
  /** `fresh`: the layers are others, too. */
  | { type: 'planned'; proposal: Proposal; fresh: boolean }
  | { type: 'assessed'; regions: JudgedRegion[] }
  | { type: 'failed'; message: string };
