import { type ClassSpectra, energyOf, type Scan } from '../../protocol/index.ts';
import { SignalExtractor } from '../analysis/edge-signal.ts';
import type { EdgeWindow } from '../analysis/edge-window.ts';
import { runs } from '../analysis/runs.ts';
import type { WindowBlock } from '../analysis/window-block.ts';
import type { SignalFit } from './edge-model.ts';
import { type FitInput, walk, widthOf } from './fit-input.ts';

/** Spectra of the classes over the whole span, from raw spectra. */
export interface ClassSums {
  /** Pixels of each class. */
  counts: number[];
  /** Mean net spectra, background subtracted, counts. */
  mean: number[][];
  /** Sums of the spectra as they were measured, counts. */
  raw: number[][];
}

/** Adds up the spectra of each class, with and without their background. */
export async function classSums(
  input: FitInput,
  fit: { labels: Int16Array; signal: Pick<SignalFit, 'calibration'> },
): Promise<ClassSums> {
  const { window } = input;
  const width = widthOf(window);
  const classes = fit.labels.reduce((most, label) => Math.max(most, label + 1), 0);
  const counts = new Array<number>(classes).fill(0);
  const sums = counts.map(() => new Float64Array(width));
  const raw = counts.map(() => new Float64Array(width));
  const extractor = new SignalExtractor(window, fit.signal.calibration);
  const { block } = extractor;
  const wanted = Uint8Array.from(fit.labels, (label) => (label >= 0 ? 1 : 0));
  for await (const { first, count, spectra } of walk(input, wanted))
    for (const [start, end] of runs(count, (p) => wanted[first + p] > 0))
      for (let p = start; p < end; p += block.capacity) {
        const rows = Math.min(block.capacity, end - p);
        extractor.extractBlock(spectra, p * width, rows, 0);
        for (let row = 0; row < rows; row++) {
          const label = fit.labels[first + p + row];
          counts[label]++;
          addTo(raw[label], sums[label], block, row);
        }
      }
  const mean = sums.map((sum, label) => Array.from(sum, (value) => value / counts[label]));
  return { counts, mean, raw: raw.map((sum) => Array.from(sum)) };
}

/** Counts of the background over net counts, in the signal window of all classes. */
export function backgroundPerNet({ counts, mean, raw }: ClassSums, { signalStart }: EdgeWindow): number {
  let [background, net] = [0, 0];
  counts.forEach((count, label) => {
    for (let i = signalStart; i < raw[label].length; i++) {
      net += count * mean[label][i];
      background += raw[label][i] - count * mean[label][i];
    }
  });
  return background / net;
}

/** Adds spectrum `row` of a block, and what of it lies above its background. */
function addTo(raw: Float64Array, net: Float64Array, block: WindowBlock, row: number): void {
  const { samples, laws, width, stride } = block;
  for (let i = 0, sample = row * width, law = row * stride; i < width; i++, sample++, law++) {
    raw[i] += samples[sample];
    net[i] += samples[sample] - laws[law];
  }
}

/** The mean spectra of the classes as dashboards get them. */
export const classSpectra = (
  edge: string,
  revision: number,
  scan: Scan,
  window: EdgeWindow,
  sums: ClassSums,
): Omit<ClassSpectra, 'epoch'> => ({
  type: 'class-spectra',
  edge,
  revision,
  energy: {
    offset: energyOf(scan.energy, window.firstChannel),
    dispersion: scan.energy.dispersion,
    units: 'eV',
  },
  spectra: sums.mean.map((mean, label) => ({ label, count: sums.counts[label], mean })),
});
