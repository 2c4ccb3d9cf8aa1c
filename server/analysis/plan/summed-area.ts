/** Rows [y, y + height) and columns [x, x + width). */
export interface Area {
  y: number;
  x: number;
  height: number;
  width: number;
}

/** Sums of a map over any rectangle in four reads. */
export class SummedArea {
  readonly #sums: Float64Array;
  readonly #stride: number;

  /** @param map row-major */
  constructor(map: ArrayLike<number>, [rows, columns]: readonly [number, number]) {
    this.#stride = columns + 1;
    this.#sums = new Float64Array((rows + 1) * this.#stride);
    for (let y = 0, at = 0; y < rows; y++) {
      let row = 0;
      for (let x = 0; x < columns; x++, at++) {
        row += map[at];
        const to = (y + 1) * this.#stride + x + 1;
        this.#sums[to] = this.#sums[to - this.#stride] + row;
      }
    }
  }

  of({ y, x, height, width }: Area): number {
    const top = y * this.#stride + x;
    const bottom = top + height * this.#stride;
    return this.#sums[bottom + width] - this.#sums[bottom] - this.#sums[top + width] + this.#sums[top];
  }
}

/** Intersection of two rectangles; undefined where that is nothing. */
export function sharedArea(a: Area, b: Area): Area | undefined {
  const y = Math.max(a.y, b.y);
  const x = Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - y;
  const width = Math.min(a.x + a.width, b.x + b.width) - x;
  return height > 0 && width > 0 ? { y, x, height, width } : undefined;
}
