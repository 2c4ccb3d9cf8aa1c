/** Changes after which the sums are recomputed, so that rounding does not accumulate. */
const RECOUNT_AFTER = 100_000;

/** Lookup tables by count, from 0 to the largest. */
export interface CountTables {
  /** φ(n) = n·ln n. */
  phi: Float64Array;
  /** How much of a class with n pixels there is when independent areas are counted: 1 − exp(−n/area). */
  seen: Float64Array;
}

/**
 * @param most the largest number of pixels that will be in at a time
 * @param area correlated pixels equivalent to one independent pixel; a class with fewer is only there by chance
 */
export const countTables = (most: number, area = 0): CountTables => ({
  phi: Float64Array.from({ length: most + 1 }, (_, n) => (n > 0 ? n * Math.log(n) : 0)),
  seen: Float64Array.from({ length: most + 1 }, (_, n) => (n > 0 ? 1 - Math.exp(-n / area) : 0)),
});

/**
 * Joint counts of two label maps with their mutual information kept up to date in O(1) per pixel:
 * N·I = Σφ(n_ij) − Σφ(n_i) − Σφ(n_j) + φ(N), φ(n) = n·ln n.
 */
export class RunningInformation {
  readonly #columns: number;
  readonly #joint: Uint32Array;
  readonly #rowSums: Uint32Array;
  readonly #columnSums: Uint32Array;
  readonly #tables: CountTables;
  #cells = 0;
  #margins = 0;
  #pixels = 0;
  #rowsSeen = 0;
  #columnsSeen = 0;
  #changes = 0;

  constructor(rows: number, columns: number, tables: CountTables) {
    this.#columns = columns;
    this.#joint = new Uint32Array(rows * columns);
    this.#rowSums = new Uint32Array(rows);
    this.#columnSums = new Uint32Array(columns);
    this.#tables = tables;
  }

  get pixels(): number {
    return this.#pixels;
  }

  /** (rows there are − 1)·(columns there are − 1), classes of few pixels counted in part. */
  get freedom(): number {
    return Math.max(0, this.#rowsSeen - 1) * Math.max(0, this.#columnsSeen - 1);
  }

  /** Mutual information in nats, not below 0. */
  get mi(): number {
    if (this.#pixels === 0) return 0;
    return Math.max(0, (this.#cells - this.#margins + this.#tables.phi[this.#pixels]) / this.#pixels);
  }

  add(row: number, column: number): void {
    this.change(row, column, 1);
  }

  /** Removes a pixel that was added with these labels. */
  remove(row: number, column: number): void {
    this.change(row, column, -1);
  }

  /** Adds so many pixels with these labels, or takes them out. */
  change(row: number, column: number, by: number): void {
    const { phi, seen } = this.#tables;
    const at = row * this.#columns + column;
    const [joint, ofRow, ofColumn] = [this.#joint[at], this.#rowSums[row], this.#columnSums[column]];
    this.#joint[at] = joint + by;
    this.#rowSums[row] = ofRow + by;
    this.#columnSums[column] = ofColumn + by;
    this.#cells += phi[joint + by] - phi[joint];
    this.#margins += phi[ofRow + by] - phi[ofRow] + phi[ofColumn + by] - phi[ofColumn];
    this.#rowsSeen += seen[ofRow + by] - seen[ofRow];
    this.#columnsSeen += seen[ofColumn + by] - seen[ofColumn];
    this.#pixels += by;
    this.#recountSometimes();
  }

  #recountSometimes(): void {
    this.#changes++;
    if (this.#changes < RECOUNT_AFTER) return;
    this.#changes = 0;
    const { phi, seen } = this.#tables;
    const total = (counts: Uint32Array, of: Float64Array) =>
      counts.reduce((sum, count) => sum + of[count], 0);
    this.#cells = total(this.#joint, phi);
    this.#margins = total(this.#rowSums, phi) + total(this.#columnSums, phi);
    this.#rowsSeen = total(this.#rowSums, seen);
    this.#columnsSeen = total(this.#columnSums, seen);
  }
}
