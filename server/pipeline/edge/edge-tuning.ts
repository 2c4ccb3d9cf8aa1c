import type { Edge, EnergyAxis, Scan } from '../../../protocol/index.ts';
import { type EdgeWindow, edgeWindow } from '../../analysis/windows/edge-window.ts';
import type { AnalysisOptions } from '../options.ts';

/** How an edge is read. */
export interface Tuning {
  /** Counts how often it was read otherwise. */
  number: number;
  energy: EnergyAxis;
  window: EdgeWindow;
}

/** @throws InputError when the energy axis does not cover the edge */
export const tuningOf = (
  { scan, options }: { scan: Scan; options: AnalysisOptions },
  edge: Edge,
  energy: EnergyAxis,
  number: number,
): Tuning => ({ number, energy, window: edgeWindow(edge, energy, scan.channels, options.background) });
