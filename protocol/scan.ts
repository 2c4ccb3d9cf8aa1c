import type { DType } from './dtype.ts';

/** Energy of channel i is `offset + dispersion * i`, in eV. */
export interface EnergyAxis {
  offset: number;
  dispersion: number;
  units: 'eV';
}

/** Energy loss in eV of a (possibly fractional) channel. */
export const energyOf = (axis: EnergyAxis, channel: number): number =>
  axis.offset + axis.dispersion * channel;

/** Fractional channel at an energy loss in eV. */
export const channelOf = (axis: EnergyAxis, energyEv: number): number =>
  (energyEv - axis.offset) / axis.dispersion;

/** Where a scan lies inside a parent scan, in the parent's pixels. */
export interface ScanRegion {
  parentId: string;
  y: number;
  x: number;
  height: number;
  width: number;
  /**
   * Exposure of each pixel of the parent, in units of its dwell; by default from the dwell times of both, else 1 for each pixel of
   * the rescan.
   */
  dwells?: number;
  /** Of finer pixels than the parent's: whether they are summed down to the parent's pixels and added to them, default false. */
  sum?: boolean;
}

/**
 * A part of a context scan, as scan generators describe it: fractions of the context's height and width. Angles are
 * counterclockwise as seen on the picture, whose rows run downwards.
 */
export interface SubScan {
  /** Of its centre, [y, x]. */
  centre: [number, number];
  /** [height, width] along its own axes. */
  size: [number, number];
  /** Against the context scan. */
  rotationRad: number;
}

/** How a scan lies in the field of its instrument: what it takes to send the beam there again. */
export interface ScanContext {
  /** Pixels of the context scan, [rows, columns]; they are square. */
  shape: [number, number];
  /** Length of its longer side, nm. */
  fovNm: number;
  /** Of its centre, [y, x]. */
  centreNm: [number, number];
  rotationRad: number;
  /** The part of it that the scan covers; absent where that is all of it. */
  subscan?: SubScan;
}

/** One acquisition of a spectrum image: `shape` = [rows y, columns x], row-major everywhere. */
export interface Scan {
  id: string;
  /** What the operator calls it: a file's stem or the producer's id. */
  name: string;
  shape: [number, number];
  /** Energy channels per spectrum. */
  channels: number;
  energy: EnergyAxis;
  dtype: DType;
  /** Low-loss partner recorded at every pixel (dual EELS). */
  lowLoss?: { channels: number; energy: EnergyAxis; dtype: DType };
  pixelSizeNm?: number;
  dwellSeconds?: number;
  beamKv?: number;
  convergenceMrad?: number;
  collectionMrad?: number;
  region?: ScanRegion;
  context?: ScanContext;
  /** True for data that were computed, not measured; shown wherever the scan is named. */
  simulated?: boolean;
}

export const pixelCount = (scan: Pick<Scan, 'shape'>): number => scan.shape[0] * scan.shape[1];

/** Label of a pixel whose edge is absent. */
export const ABSENT = -1;
/** Label of a pixel that is not measured yet. */
export const UNMEASURED = -2;
