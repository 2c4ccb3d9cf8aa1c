import type { CubeLayout, Patch } from '../cube.ts';
import { BY_RESCANS_ALONE, overlap } from './patched-reader.ts';
import { runsWithin } from './pixel-runs.ts';

/** Dwell times of the first pass that differ by less than this part are one. */
const SAME_DWELL = 0.01;

/** Stands for the pass in which pixels are measured by a rescan. */
export const RESCAN = BY_RESCANS_ALONE - 1;

/**
 * Notes that pixels [first, first + count) are complete in pass `pass`, from 0, or measured by a rescan.
 * @param measured passes that are complete at each pixel; `BY_RESCANS_ALONE` where there are none
 */
export function cover(measured: Uint8Array, first: number, count: number, pass: number): void {
  for (let pixel = first; pixel < first + count; pixel++) {
    const before = measured[pixel];
    if (pass === RESCAN) measured[pixel] = before || BY_RESCANS_ALONE;
    else measured[pixel] = before === BY_RESCANS_ALONE ? pass + 1 : Math.max(before, pass + 1);
  }
}

/** What the exposure of measured pixels follows from, in units of the dwell time of the first pass. */
export interface Exposed {
  /** With the rescans that are read. */
  layout: Pick<CubeLayout, 'shape' | 'patches'>;
  /** Dwell of each pixel in the first pass, relative to the scan's; 0 where nothing else is known than that it is the same. */
  dwell?: Float32Array;
}

export interface ExposureInput extends Exposed {
  /** Passes that are complete at each pixel, row-major. */
  measured: Uint8Array;
}

/**
 * How long the counts of pixels were exposed: 1 for every pass, but for the first where dwell times were pushed, and what rescans add.
 * Exposures whose counts others have replaced, or that were left out, do not count.
 */
export function exposureOf(input: ExposureInput, first: number, count: number): Float32Array {
  const exposure = passExposure(input, first, count);
  const { patches = [], shape } = input.layout;
  for (const { replaces, omits, dwells, ...patch } of patches) {
    for (const [start, end] of runsWithin(replaces, first, first + count))
      exposure.fill(0, start - first, end - first);
    for (const { target, count: covered } of overlap(patch, shape[1], first, count)) {
      const before = omits && exposure.slice(target - first, target - first + covered);
      for (let p = target - first; p < target - first + covered; p++) exposure[p] += dwells;
      for (const [start, end] of runsWithin(omits, target, target + covered))
        exposure.set(before?.subarray(start - target, end - target) ?? [], start - first);
    }
  }
  return exposure;
}

/** How long the beam was on pixels, whatever became of the counts: what their dose follows from. */
export function beamExposure(input: ExposureInput, first: number, count: number): Float32Array {
  const exposure = passExposure(input, first, count);
  const { patches = [], shape } = input.layout;
  for (const patch of patches)
    for (const { target, count: covered } of overlap(patch, shape[1], first, count))
      for (let p = target - first; p < target - first + covered; p++) exposure[p] += patch.dwells;
  return exposure;
}

/** Without rescans. */
function passExposure({ measured, dwell }: ExposureInput, first: number, count: number): Float32Array {
  const exposure = new Float32Array(count);
  for (let p = 0; p < count; p++) {
    const passes = measured[first + p];
    if (passes > 0 && passes !== BY_RESCANS_ALONE)
      exposure[p] = ((dwell?.[first + p] ?? 0) || 1) + (passes - 1);
  }
  return exposure;
}

/** The exposure that all measured pixels share; undefined where they differ. */
export function evenExposure(exposure: Float32Array): number | undefined {
  let shared = 0;
  for (const value of exposure) {
    if (value === 0) continue;
    if (shared === 0) shared = value;
    else if (value !== shared) return undefined;
  }
  return shared || 1;
}

/** How the pixels of a fit are exposed. */
export interface ScanExposure {
  /** By pixel, row-major; undefined where all are exposed alike: then nothing is to be weighted. */
  exposure?: Float32Array;
  /** What counts are given for: the dwell of the first pass, or where all are exposed alike all of their exposure. */
  unit: number;
}

/** How the pixels of a scan are exposed, all together. */
export function scanExposure(input: ExposureInput): ScanExposure {
  const exposure = exposureOf(input, 0, input.measured.length);
  const even = evenExposure(exposure);
  return even === undefined ? { exposure, unit: 1 } : { unit: even };
}

/** Spectra that a scan has given, those of rescans among them. */
export function spectraCount({ measured, layout }: Pick<ExposureInput, 'measured' | 'layout'>): number {
  const passes = measured.reduce((sum, value) => sum + (value === BY_RESCANS_ALONE ? 0 : value), 0);
  return passes + (layout.patches ?? []).reduce((sum, patch) => sum + coveredPixels(patch, layout.shape), 0);
}

/** Pixels of a scan that a rescan covers. */
export const coveredPixels = (patch: Patch, [rows, columns]: readonly [number, number]): number =>
  overlap(patch, columns, 0, rows * columns).reduce((sum, { count }) => sum + count, 0);

/**
 * Dwell times in units of the scan's own.
 * @param seconds of some pixels; NaN where they are not known
 * @param unit seconds
 * @param out written: 0 where the dwell time is the scan's, or not known
 */
export function relativeDwell(seconds: Float32Array, unit: number, out: Float32Array, first: number): void {
  seconds.forEach((value, p) => {
    const relative = value / unit;
    const isOther = relative > 0 && Number.isFinite(relative) && Math.abs(relative - 1) > SAME_DWELL;
    out[first + p] = isOther ? relative : 0;
  });
}
