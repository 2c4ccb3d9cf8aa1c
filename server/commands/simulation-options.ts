import type { Options } from '../config.ts';
import type { RescanConditions } from '../microscope/rescan.ts';
import type { SimulateOptions } from '../microscope/simulate.ts';

/** What the command line says about the simulated microscope. */
export function simulationOptions(options: Options, dwellSeconds: number): SimulateOptions {
  const { gain, correlation, shape, name, drift, 'first-dwell': firstDwell } = options;
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
    noise: { gain, correlation },
    driftEv: drift,
    ...(firstDwell !== undefined && { firstDwell }),
    ...(shape && { shape }),
    ...(name !== undefined && { name }),
  };
}

/** What the command line says about rescans of the simulated microscope. */
export function rescanConditions({ 'rescan-shift': shift, damage }: Options): RescanConditions {
  return { ...(shift && { drift: shift }), ...(damage !== undefined && { damage }) };
}
