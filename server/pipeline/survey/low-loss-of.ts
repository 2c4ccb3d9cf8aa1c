import { basename } from 'node:path';
import type { Scan } from '../../../protocol/index.ts';
import { holdsZero } from '../../analysis/low-loss/thickness.ts';
import type { ScanOpening } from '../../sources/source.ts';
import type { AlignMethod } from '../options.ts';

/** Dispersions of one spectrometer setting are equal but for rounding. */
const SAME_DISPERSION = 1e-3;

type Axes = Pick<Scan, 'energy' | 'channels' | 'dtype' | 'lowLoss'>;

/** Where a zero-loss peak may be: in the low loss, else in the scan's own spectra. */
export function lowLossOf({ energy, channels, dtype, lowLoss }: Axes): Scan['lowLoss'] {
  return lowLoss ?? (holdsZero(energy, channels) ? { channels, energy, dtype } : undefined);
}

/**
 * Whether core and low loss are of one spectrometer setting, so that the two axes are off by the same: one spectrum, or
 * a DualEELS pair. These have one dispersion; a low loss recorded separately, with another dispersion, does not give
 * the core's offset.
 */
export function isOneSetting({ energy, lowLoss }: Pick<Axes, 'energy' | 'lowLoss'>): boolean {
  if (!lowLoss) return true;
  return Math.abs(lowLoss.energy.dispersion / energy.dispersion - 1) <= SAME_DISPERSION;
}

/** Whether the position of the zero-loss peak is to correct the axis of the core loss as a whole. */
export const correctsAxis = (scan: Axes, align: AlignMethod): boolean =>
  align === 'zlp' && isOneSetting(scan);

/** For people: the file that holds the low loss; undefined where none was recorded. */
export function lowLossOrigin({ core, lowLoss }: Pick<ScanOpening, 'core' | 'lowLoss'>): string | undefined {
  if (!lowLoss) return undefined;
  const [path, corePath] = [lowLoss, core].map(({ paths, unpackedFrom }) => unpackedFrom ?? paths[0]);
  return path === corePath ? `another image of ${basename(path)}` : basename(path);
}
