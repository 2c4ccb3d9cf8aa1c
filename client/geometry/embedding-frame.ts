import type { Affine } from './picking.ts';
import { pointBounds } from './picking.ts';
import type { Box } from './viewport.ts';

/** Margin around the points, as a share of the shown box. */
const MARGIN = 0.08;
const EMPTY: Box = { x: -1, y: -1, width: 2, height: 2 };

interface Bounds {
  minX: number;
  maxX: number;
  minY: number;
  maxY: number;
}

/**
 * The part of the embedding that is shown. It stays while points are added inside it, grows when they leave it, and is computed
 * again with each revision, and once more when all points are of that revision. Reads only points that changed.
 */
export class EmbeddingFrame {
  #box: Box | undefined;
  #bounds: Bounds | undefined;
  #revision: number | undefined;
  #affine: Affine | undefined;
  /** Points that changed since the box was last asked for; how many since the revision began. */
  #from = Number.POSITIVE_INFINITY;
  #to = 0;
  #renewed = 0;

  /** Points [from, to) were written. */
  changed(from: number, to: number): void {
    this.#from = Math.min(this.#from, from);
    this.#to = Math.max(this.#to, to);
    this.#renewed += to - from;
  }

  /**
   * @param points x and y of each pixel, NaN where there is none
   * @param affine how they are drawn
   */
  box(points: Float32Array, revision: number, affine: Affine): Box {
    const isNew = revision !== this.#revision || affine.some((entry, i) => entry !== this.#affine?.[i]);
    if (revision !== this.#revision) this.#renewed = Math.max(0, this.#to - this.#from);
    const isWhole = this.#renewed >= points.length / 2;
    if (isWhole) this.#renewed = Number.NEGATIVE_INFINITY;
    this.#revision = revision;
    this.#affine = affine;
    if (isNew || isWhole) {
      this.#bounds = pointBounds(points, affine);
      this.#box = undefined;
    } else if (this.#to > this.#from) {
      const changed = pointBounds(points.subarray(2 * this.#from, 2 * this.#to), affine);
      this.#bounds = joined(this.#bounds, changed);
    }
    this.#from = Number.POSITIVE_INFINITY;
    this.#to = 0;
    if (this.#bounds === undefined) return EMPTY;
    if (this.#box === undefined || !holds(this.#box, this.#bounds)) this.#box = around(this.#bounds);
    return this.#box;
  }
}

function joined(a: Bounds | undefined, b: Bounds | undefined): Bounds | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return {
    minX: Math.min(a.minX, b.minX),
    maxX: Math.max(a.maxX, b.maxX),
    minY: Math.min(a.minY, b.minY),
    maxY: Math.max(a.maxY, b.maxY),
  };
}

const holds = (box: Box, { minX, maxX, minY, maxY }: Bounds): boolean =>
  minX >= box.x && minY >= box.y && maxX <= box.x + box.width && maxY <= box.y + box.height;

function around({ minX, maxX, minY, maxY }: Bounds): Box {
  const width = Math.max(maxX - minX, 1e-6);
  const height = Math.max(maxY - minY, 1e-6);
  return {
    x: minX - MARGIN * width,
    y: minY - MARGIN * height,
    width: width * (1 + 2 * MARGIN),
    height: height * (1 + 2 * MARGIN),
  };
}
