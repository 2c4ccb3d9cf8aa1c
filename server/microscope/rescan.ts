import { BYTES_PER_SAMPLE, type DType, type PlanRectangle, type ScanContext } from '../../protocol/index.ts';
import {
  contextGrid,
  type PixelGrid,
  type Point,
  pixelAt,
  pixelPoint,
  rectangleGrid,
  subScanOf,
} from '../analysis/scan/scan-geometry.ts';
import type { Acquirable, ScanRow } from './acquirable.ts';
import { PHASES } from './cross-sections.ts';
import { damageSpecimen } from './damage.ts';
import type { DetectorNoise } from './noise.ts';
import { createPhantom } from './phantom.ts';
import { LOW_LOSS_ELECTRONS, PixelRecorder } from './pixel-recorder.ts';
import type { SimulatedScan } from './scan.ts';
import { onSpecimen } from './specimen-grid.ts';
import type { SpectrumModel } from './spectrum.ts';

/** Streams of random numbers of a pixel of a rescan; its number is the round of its stream. */
const PURPOSES = { core: 110, lowLoss: 111, haadf: 112 };
/** Beyond so many dwells a camera sums readings in wider numbers. */
const MOST_NARROW_DWELLS = 4;

/** What becomes of the specimen, and of where the beam goes, in rescans. */
export interface RescanConditions {
  /** How far the beam lies beyond the place it was sent to, [y, x] in pixels of the scan along its axes. */
  drift?: Point;
  /** Share of the SiO2 that one dwell reduces to Si; default 0. */
  damage?: number;
}

export interface RescanOptions extends RescanConditions {
  /** Exposure of each pixel of the scan, in units of its first pass's dwell. */
  dwells: number;
  /** Which rescan of the scan it is: each has noise of its own. */
  number: number;
  /** How long each pixel of the scan was exposed before, in dwells; default once. */
  exposure?: ArrayLike<number>;
}

/**
 * A simulated rescan of a part of a scan: the same specimen, seen at the pixels of a grid, with noise of its own. The energy axis
 * stays where the scan left it. Low-loss spectra get the electrons of those of the scan, whatever the dwell.
 */
export class SimulatedRescan implements Acquirable {
  readonly shape: [number, number];
  readonly dtype: DType;
  readonly order: 'raster' | 'serpentine';
  readonly flybackColumns = 0;
  readonly passes = 1;
  readonly noise: DetectorNoise;
  readonly withLowLoss: boolean;
  readonly model: SpectrumModel;
  readonly pixelSizeNm: number;
  readonly context: ScanContext;
  /** Projected thickness in nm, pixel after pixel in the order of PHASES. */
  readonly thicknessNm: Float32Array;
  /** Incident electrons per pixel, of the core loss. */
  readonly electrons: number;
  readonly #recorder: PixelRecorder;
  readonly #scan: SimulatedScan;
  readonly #options: RescanOptions;
  readonly #shiftEv: number;

  /** @param grid where its pixels lie in the field of the instrument, nm, as the beam was sent there */
  constructor(scan: SimulatedScan, grid: PixelGrid, options: RescanOptions) {
    const { dwells, drift = [0, 0], damage = 0, exposure } = options;
    const field = scan.context ?? ownField(scan);
    this.#scan = scan;
    this.#options = options;
    this.shape = [...grid.shape];
    this.dtype =
      dwells > MOST_NARROW_DWELLS && (scan.dtype === 'u8' || scan.dtype === 'u16') ? 'u32' : scan.dtype;
    this.order = scan.order;
    this.noise = scan.noise;
    this.withLowLoss = scan.withLowLoss;
    this.model = scan.model;
    this.pixelSizeNm = grid.size[1] / grid.shape[1];
    this.context = { ...field, subscan: subScanOf(contextGrid(field), grid) };
    const actual = moved(grid, scan.grid, drift);
    this.thicknessNm = createPhantom({
      shape: field.shape,
      seed: scan.seed,
      grid: onSpecimen(field, actual),
    }).thicknessNm;
    if (damage > 0)
      damageSpecimen(this.thicknessNm, damage, (pixel) => {
        const place = [Math.floor(pixel / grid.shape[1]), pixel % grid.shape[1]] as const;
        const [row, column] = pixelAt(scan.grid, pixelPoint(actual, place)).map(Math.round);
        const isInside = row >= 0 && column >= 0 && row < scan.shape[0] && column < scan.shape[1];
        return isInside ? (exposure?.[row * scan.shape[1] + column] ?? 1) : 0;
      });
    this.electrons = scan.electrons * this.#share;
    this.#shiftEv = scan.driftAt(scan.shape[0] * scan.shape[1] - 1, scan.passes - 1);
    this.#recorder = new PixelRecorder({
      model: scan.model,
      noise: scan.noise,
      dtype: this.dtype,
      seed: scan.seed,
      withLowLoss: scan.withLowLoss,
    });
  }

  get bytesPerSample(): number {
    return BYTES_PER_SAMPLE[this.dtype];
  }

  /** Dwells of one of its own pixels: finer ones share the dwells of the scan's pixel. */
  get #share(): number {
    return this.#options.dwells * (this.pixelSizeNm / this.#scan.pixelSizeNm) ** 2;
  }

  row(row: number): ScanRow {
    const columns = this.shape[1];
    const result = this.#recorder.createRow(columns);
    for (let record = 0; record < columns; record++) {
      const place = this.order === 'serpentine' && row % 2 === 1 ? columns - 1 - record : record;
      const pixel = row * columns + place;
      this.#recorder.record(
        {
          thickness: this.thicknessNm.subarray(pixel * PHASES.length, (pixel + 1) * PHASES.length),
          shiftEv: this.#shiftEv,
          electrons: this.electrons,
          lowLossElectrons: LOW_LOSS_ELECTRONS / this.#scan.passes,
          haadfDivisor: this.#scan.passes / this.#share,
          index: pixel,
          purposes: PURPOSES,
          round: this.#options.number,
        },
        result,
        record,
      );
    }
    return result;
  }
}

/**
 * A rescan of a rectangle of a scan.
 * @param finer pixels of the rescan along each side of a pixel of the scan
 */
export function rescanRectangle(
  scan: SimulatedScan,
  rectangle: PlanRectangle,
  options: Omit<RescanOptions, 'dwells'>,
  finer = 1,
): SimulatedRescan {
  const grid = rectangleGrid(scan.grid, rectangle);
  const shape: [number, number] = [grid.shape[0] * finer, grid.shape[1] * finer];
  return new SimulatedRescan(scan, { ...grid, shape }, { ...options, dwells: rectangle.dwells });
}

/** The field of an instrument whose whole field the scan is. */
function ownField({ shape, pixelSizeNm }: SimulatedScan): ScanContext {
  return { shape, fovNm: pixelSizeNm * Math.max(...shape), centreNm: [0, 0], rotationRad: 0 };
}

/** A grid that lies some pixels of another one further, along the axes of that one. */
function moved(grid: PixelGrid, along: PixelGrid, pixels: Point): PixelGrid {
  const [from, to] = [pixelPoint(along, [0, 0]), pixelPoint(along, pixels)];
  return { ...grid, centre: [grid.centre[0] + to[0] - from[0], grid.centre[1] + to[1] - from[1]] };
}
