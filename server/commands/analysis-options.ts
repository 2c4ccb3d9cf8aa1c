import type { Options } from '../config.ts';
import type { OpenOptions } from '../formats/format.ts';
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
export function fileOptions({ energy, shape }: Options): OpenOptions {
  return {
    ...(energy && { energy: { offset: energy[0], dispersion: energy[1], units: 'eV' } }),
    ...(shape && { shape }),
  };
}
