import type { InferOutput } from 'valibot';
import type * as scan from './live/scan.ts';

export type EnergyAxis = InferOutput<typeof scan.energyAxis>;
export type ScanRegion = InferOutput<typeof scan.scanRegion>;
export type SubScan = InferOutput<typeof scan.subScan>;
export type ScanContext = InferOutput<typeof scan.scanContext>;
export type Scan = InferOutput<typeof scan.scan>;

/** Energy loss in eV of a (possibly fractional) channel. */
export const energyOf = (axis: EnergyAxis, channel: number): number =>
  axis.offset + axis.dispersion * channel;

/** Fractional channel at an energy loss in eV. */
export const channelOf = (axis: EnergyAxis, energyEv: number): number =>
  (energyEv - axis.offset) / axis.dispersion;

export const pixelCount = (scan: Pick<Scan, 'shape'>): number => scan.shape[0] * scan.shape[1];
