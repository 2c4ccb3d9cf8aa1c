import { type ClassSpectra, type EnergyAxis, energyOf } from '../../../protocol/index.ts';
import type { SignalCalibration } from '../../analysis/background/edge-signal.ts';
import { addTo } from '../../analysis/math/add-to.ts';
import type { EdgeWindow } from '../../analysis/windows/edge-window.ts';
import { type FitInput, widthOf } from './fit-input.ts';
import type { FitPool } from './fit-pool.ts';

/** Spectra of the classes over the whole span, from raw spectra. */
export interface ClassSums {
  /** Pixels of each class. */
  counts: number[];
  /** Their total exposure; the number of pixels at uniform exposure. */
  exposures: number[];
  /** Mean net spectra, background subtracted, counts per unit of exposure. */
  mean: number[][];
  /** Sums of the spectra as they were measured, counts. */
  raw: number[][];
}

/** Adds up the spectra of each class, with and without their background. */
export async function classSums(
  input: FitInput,
  pool: FitPool,
  labels: Int16Array,
  calibration: SignalCalibration,
): Promise<ClassSums> {
  const width = widthOf(input.window);
  const classes = labels.reduce((most, label) => Math.max(most, label + 1), 0);
  const counts = new Float64Array(classes);
  const exposures = new Float64Array(classes);
  const sums = { net: new Float64Array(classes * width), raw: new Float64Array(classes * width) };
  for await (const part of pool.each(input, 'class sums', {
    labels: pool.share(labels),
    classes,
    calibration,
  })) {
    addTo(counts, part.counts);
    addTo(exposures, part.exposures);
    addTo(sums.net, part.net);
    addTo(sums.raw, part.raw);
  }
  const of = (sum: Float64Array, label: number) =>
    Array.from(sum.subarray(label * width, (label + 1) * width));
  return {
    counts: Array.from(counts),
    exposures: Array.from(exposures),
    mean: Array.from(exposures, (exposed, label) => of(sums.net, label).map((value) => value / exposed)),
    raw: Array.from(counts, (_, label) => of(sums.raw, label)),
  };
}

/** Counts of the background over net counts, in the signal window of all classes. */
export function backgroundPerNet({ exposures, mean, raw }: ClassSums, { signalStart }: EdgeWindow): number {
  let [background, net] = [0, 0];
  exposures.forEach((exposed, label) => {
    for (let i = signalStart; i < raw[label].length; i++) {
      net += exposed * mean[label][i];
      background += raw[label][i] - exposed * mean[label][i];
    }
  });
  return background / net;
}

/** The mean spectra of the classes as dashboards get them. */
export const classSpectra = (
  edge: string,
  revision: number,
  energy: EnergyAxis,
  window: EdgeWindow,
  sums: ClassSums,
): Omit<ClassSpectra, 'epoch'> => ({
  type: 'class-spectra',
  edge,
  revision,
  energy: {
    offset: energyOf(energy, window.firstChannel),
    dispersion: energy.dispersion,
    units: 'eV',
  },
  spectra: sums.mean.map((mean, label) => ({ label, count: sums.counts[label], mean })),
});
