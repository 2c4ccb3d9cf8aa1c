import type { PlanRectangle } from '../../../protocol/index.ts';
import { type Area, SummedArea, sharedArea } from './summed-area.ts';

/** Most tiles along a side of the scan, for a coarse search. */
const MOST_TILES = 32;
/** Weight of a tile in which a pixel must not be exposed. */
const FORBIDDEN = -1e12;

/** Gain of pixels at one number of dwells. */
export interface GainLayer {
  dwells: number;
  /** Row-major, never negative beyond noise of the estimate; 0 where nothing is gained. */
  gain: Float32Array;
  /** 1 where this exposure is not allowed; left out where it is allowed everywhere. */
  forbidden?: Uint8Array;
}

/** Cost of exposure: per pixel-dwell, per row and per region, in the unit of the budget. */
export interface Costs {
  perDwell: number;
  perRow: number;
  perRegion: number;
}

export const costOfRectangle = ({ height, width, dwells }: PlanRectangle, costs: Costs): number =>
  costOfSize(height, width, dwells, costs);

export const costOfSize = (height: number, width: number, dwells: number, costs: Costs): number =>
  height * width * dwells * costs.perDwell + height * costs.perRow + costs.perRegion;

/** One layer with its sums over rectangles and over tiles. */
export class SummedLayer {
  readonly dwells: number;
  /** Gain of each tile. */
  readonly tiles: Float64Array;
  readonly tileShape: readonly [number, number];
  readonly tileSize: number;
  /** Pixels in each tile. */
  readonly tilePixels: Float64Array;
  readonly #shape: readonly [number, number];
  readonly #gain: SummedArea;
  readonly #forbidden: SummedArea | undefined;

  constructor({ dwells, gain, forbidden }: GainLayer, shape: readonly [number, number]) {
    this.dwells = dwells;
    this.#shape = shape;
    this.#gain = new SummedArea(gain, shape);
    this.#forbidden = forbidden && new SummedArea(forbidden, shape);
    this.tileSize = Math.ceil(Math.max(...shape) / MOST_TILES);
    this.tileShape = [Math.ceil(shape[0] / this.tileSize), Math.ceil(shape[1] / this.tileSize)];
    this.tiles = new Float64Array(this.tileShape[0] * this.tileShape[1]);
    this.tilePixels = new Float64Array(this.tiles.length);
    for (let tile = 0; tile < this.tiles.length; tile++) {
      const area = this.areaOf(tile);
      this.tilePixels[tile] = area.height * area.width;
      this.tiles[tile] = this.isForbidden(area) ? FORBIDDEN : this.gainOf(area);
    }
  }

  /** Whether there are pixels that must not be exposed so much. */
  get isLimited(): boolean {
    return this.#forbidden !== undefined;
  }

  gainOf(area: Area): number {
    return this.#gain.of(area);
  }

  isForbidden(area: Area): boolean {
    return this.#forbidden !== undefined && this.#forbidden.of(area) > 0;
  }

  /** Sets a map of tiles where an area has a part in them. */
  mark(tiles: Float64Array, { y, x, height, width }: Area, value: number): void {
    const size = this.tileSize;
    for (let row = Math.floor(y / size); row * size < y + height; row++)
      for (let column = Math.floor(x / size); column * size < x + width; column++)
        tiles[row * this.tileShape[1] + column] = value;
  }

  /** Pixels of a tile. */
  areaOf(tile: number): Area {
    const [y, x] = [Math.floor(tile / this.tileShape[1]), tile % this.tileShape[1]];
    return this.pixelsOf({ y, x, height: 1, width: 1 });
  }

  /** Pixels of a rectangle of tiles. */
  pixelsOf({ y, x, height, width }: Area): Area {
    const [rows, columns] = this.#shape;
    const size = this.tileSize;
    return {
      y: y * size,
      x: x * size,
      height: Math.min((y + height) * size, rows) - y * size,
      width: Math.min((x + width) * size, columns) - x * size,
    };
  }

  /** Gain of an area beyond that of the chosen regions. */
  gainBeyond(area: Area, chosen: readonly Area[]): number {
    let gain = this.gainOf(area);
    for (const one of chosen) {
      const shared = sharedArea(area, one);
      if (shared) gain -= this.gainOf(shared);
    }
    return Math.max(gain, 0);
  }
}
