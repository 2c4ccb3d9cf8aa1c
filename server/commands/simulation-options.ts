import type { Options } from '../config.ts';
import type { SimulateOptions } from '../microscope/simulate.ts';

/** What the command line says about the simulated microscope. */
export function simulationOptions(options: Options, dwellSeconds: number): SimulateOptions {
  const { gain, correlation, shape, name, drift } = options;
  return {
    dose: options.dose,
    seed: options.seed,
    dwellSeconds: options.dwell ?? dwellSeconds,
    order: options.serpentine ? 'serpentine' : 'raster',
    flybackColumns: options.flyback,
    passes: options.passes,
    lowLoss: !options['no-low-loss'],
    edges: options.edges
      .map(({ name, onsetEv, fitWindow, signalWindow }) =>
        [name, onsetEv, fitWindow.join('-'), signalWindow.join('-')].join(':'),
      )
      .join(','),
    noise: { ...(gain !== undefined && { gain }), ...(correlation !== undefined && { correlation }) },
    ...(drift !== undefined && { driftEv: drift }),
    ...(shape && { shape }),
    ...(name !== undefined && { name }),
  };
}
