import type { Options } from '../config.ts';
import type { Overrides } from '../pipeline/monitor.ts';
import type { AnalysisOptions } from '../pipeline/options.ts';

/** What the command line says about the analysis. */
export function analysisOptions(options: Options, live: boolean): AnalysisOptions {
  return {
    edges: options.edges,
    classes: options.classes,
    classesIn: options['classes-in'],
    landmarks: options.landmarks,
    seed: options.seed,
    live,
  };
}

/** What the user knows better than the file. */
export function overrides({ energy, shape }: Options): Overrides {
  return { ...(energy && { energy: { offset: energy[0], dispersion: energy[1] } }), ...(shape && { shape }) };
}
