import type { EnergyAxis } from '../../protocol/index.ts';
import { RandomStream } from '../../server/microscope/random.ts';
import type { DmImage } from './dm-file.ts';

export const LOW_AXIS: EnergyAxis = { offset: -30, dispersion: 0.5, units: 'eV' };
export const CORE_AXIS: EnergyAxis = { offset: 380, dispersion: 0.5, units: 'eV' };
const LOW_CHANNELS = 200;
const CORE_CHANNELS = 400;

export interface DualOptions {
  shape: [number, number];
  seed?: number;
  /** eV by which both axes are off: energies are filed too high by so much. */
  offEv?: number;
  /** False: no zero-loss peak in the low loss. */
  zeroLoss?: boolean;
  /** Counts of the zero-loss peak at its top. */
  height?: number;
}

/** t/λ of a pixel: grows from left to right. */
export const dualThickness = (column: number, columns: number): number => 0.3 + (0.6 * column) / columns;

/** Low loss at an energy, counts per channel: peak of 1 eV, plasmons at 20 and 40 eV. */
export function lowLossAt(e: number, t: number, height: number): number {
  const gauss = (centre: number, sigma: number) =>
    Math.exp(-0.5 * ((e - centre) / sigma) ** 2) / (sigma * Math.sqrt(2 * Math.PI));
  const area = height * 0.45 * Math.sqrt(2 * Math.PI);
  return area * (gauss(0, 0.45) + t * gauss(20, 3) + (t ** 2 / 2) * gauss(40, 4.2));
}

/** The two images of a simulated DualEELS acquisition (Poisson counts): low loss, and core loss with Ti-L and O-K. */
export function dualImages({ shape, seed = 1, offEv = 0, zeroLoss = true, height = 20_000 }: DualOptions): {
  low: DmImage;
  core: DmImage;
} {
  const random = new RandomStream(seed);
  const image = (axis: EnergyAxis, channels: number, expected: (e: number, column: number) => number) => {
    const [rows, columns] = shape;
    const samples = new Float32Array(rows * columns * channels);
    for (let y = 0; y < rows; y++)
      for (let x = 0; x < columns; x++)
        for (let i = 0; i < channels; i++) {
          const mean = expected(axis.offset + axis.dispersion * i - offEv, x);
          samples[i * rows * columns + y * columns + x] = Math.max(
            0,
            Math.round(mean + Math.sqrt(mean) * random.normal()),
          );
        }
    return {
      dimensions: [
        { size: columns, origin: 0, scale: 1, units: 'nm' },
        { size: rows, origin: 0, scale: 1, units: 'nm' },
        { size: channels, origin: -axis.offset / axis.dispersion, scale: axis.dispersion, units: 'eV' },
      ],
      dataType: 2,
      data: new Uint8Array(samples.buffer),
      signal: 'EELS',
    } satisfies DmImage;
  };
  const edge = (e: number, onset: number) =>
    Math.exp(-Math.max(e - onset, 0) / 60) / (1 + Math.exp(-(e - onset) / 0.6));
  return {
    low: image(LOW_AXIS, LOW_CHANNELS, (e, x) =>
      zeroLoss ? lowLossAt(e, dualThickness(x, shape[1]), height) : 200 * Math.exp(-(e + 30) / 80),
    ),
    core: image(
      CORE_AXIS,
      CORE_CHANNELS,
      (e) => 2000 * (e / 380) ** -3 + 600 * edge(e, 456) + 200 * edge(e, 532),
    ),
  };
}
