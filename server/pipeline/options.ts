import type { CalibrateMethod, Edge } from '../../protocol/index.ts';
import type { KmeansProgram } from '../analysis/clustering/kmeans-program.ts';
import type { UmapProgram } from '../analysis/embedding/umap-program.ts';
import type { ReferenceSpectrum } from '../analysis/references/reference-shape.ts';
import type { BackgroundMethod } from '../analysis/windows/background-method.ts';
import type { PlanOptions } from './planner/plan-options.ts';

/**
 * Source of the shifts that align spectra: the zero-loss peak, the onsets of the edges, or nothing. `auto`: the
 * zero-loss peak where there is one and it drifts, from its median on, otherwise the edges where two shift together;
 * `zlp` always, and from 0 eV where core and low loss are of one spectrometer setting.
 */
export const ALIGN_METHODS = ['auto', 'zlp', 'onset', 'off'] as const;
export type AlignMethod = (typeof ALIGN_METHODS)[number];

/** Whether spectra may be shifted, so that models wait for the shifts. */
export const mayAlign = (align: AlignMethod, mayHaveZeroLoss: boolean): boolean =>
  align === 'onset' || (align !== 'off' && mayHaveZeroLoss);

/** Space for k-means: in the embedding, as published, or in the scores. */
export const CLASS_SPACES = ['embedding', 'scores'] as const;

/** Options of an analysis. */
export interface AnalysisOptions {
  edges: Edge[];
  /** Number of classes per edge, or found automatically. */
  classes: number | 'auto';
  classesIn: (typeof CLASS_SPACES)[number];
  landmarks: number;
  /** Program that fits the embedding. */
  umap: UmapProgram;
  /** Program for k-means. */
  kmeans: KmeansProgram;
  /** How the background under the edges is found; `none` for background-subtracted data. */
  background: BackgroundMethod;
  align: AlignMethod;
  /** How an energy axis that does not fit the edges is handled. */
  calibrate: CalibrateMethod;
  seed: number;
  /** References that classes are named by; no names without. */
  references?: readonly ReferenceSpectrum[];
  /** Standard deviation of the energy axis' error, eV: how far names may shift it. */
  calibrationSigmaEv: number;
  /** Memory the analysis may take, MB; three quarters of the machine's when left out. */
  memory?: number;
  /** Threads to keep busy, at least one per edge; default: the number the machine runs at once. */
  threads?: number;
  /** Where to scan again is worked out by this; nothing is planned without. */
  plan?: PlanOptions;
  /** False: no models while the scan runs, only the final one (for headless analysis). */
  live: boolean;
}

/** Default options, also of the command line. */
export const ANALYSIS_DEFAULTS: Omit<AnalysisOptions, 'edges'> = {
  classes: 'auto',
  classesIn: 'embedding',
  landmarks: 2000,
  umap: 'built-in',
  kmeans: 'auto',
  background: 'poisson',
  align: 'auto',
  calibrate: 'propose',
  seed: 1,
  calibrationSigmaEv: 0,
  live: true,
};

/** Most classes that can be requested: published work has up to 20. */
export const MAX_CLASSES = 20;

/** Most classes the automatic choice considers. */
export const MOST_CHOSEN_CLASSES = 15;
