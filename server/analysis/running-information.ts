/** The sums are formed anew after so many changes, so that rounding does not add up. */
const RECOUNT_AFTER = 100_000;

/** φ(n) = n·ln n of 0 … most. */
export const entropyTerms = (most: number): Float64Array =>
  Float64Array.from({ length: most + 1 }, (_, n) => (n > 0 ? n * Math.log(n) : 0));

/**
 * Joint counts of two label maps with their mutual information kept up to date in O(1) per pixel:
 * N·I = Σφ(n_ij) − Σφ(n_i) − Σφ(n_j) + φ(N), φ(n) = n·ln n.
 */
export class RunningInformation {
  readonly #columns: number;
  readonly #joint: Uint32Array;
  readonly #rowSums: Uint32Array;
  readonly #columnSums: Uint32Array;
  /** φ(n) of 0 … the largest count. */
  readonly #phi: Float64Array;
  #cells = 0;
  #margins = 0;
  #pixels = 0;
  #rowsUsed = 0;
  #columnsUsed = 0;
  #changes = 0;

  /** @param phi `entropyTerms` of the largest number of pixels that will be in at a time */
  constructor(rows: number, columns: number, phi: Float64Array) {
    this.#columns = columns;
    this.#joint = new Uint32Array(rows * columns);
    this.#rowSums = new Uint32Array(rows);
    this.#columnSums = new Uint32Array(columns);
    this.#phi = phi;
  }

  get pixels(): number {
    return this.#pixels;
  }

  /** (rows in use − 1)·(columns in use − 1). */
  get freedom(): number {
    return Math.max(0, this.#rowsUsed - 1) * Math.max(0, this.#columnsUsed - 1);
  }

  /** Mutual information in nats, not below 0. */
  get mi(): number {
    if (this.#pixels === 0) return 0;
    return Math.max(0, (this.#cells - this.#margins + this.#phi[this.#pixels]) / this.#pixels);
  }

  add(row: number, column: number): void {
    this.change(row, column, 1);
  }

  /** Takes out a pixel that was added with these labels. */
  remove(row: number, column: number): void {
    this.change(row, column, -1);
  }

  /** Adds so many pixels with these labels, or takes them out. */
  change(row: number, column: number, by: number): void {
    const phi = this.#phi;
    const at = row * this.#columns + column;
    const [joint, ofRow, ofColumn] = [this.#joint[at], this.#rowSums[row], this.#columnSums[column]];
    this.#joint[at] = joint + by;
    this.#rowSums[row] = ofRow + by;
    this.#columnSums[column] = ofColumn + by;
    this.#cells += phi[joint + by] - phi[joint];
    this.#margins += phi[ofRow + by] - phi[ofRow] + phi[ofColumn + by] - phi[ofColumn];
    this.#rowsUsed += used(ofRow + by) - used(ofRow);
    this.#columnsUsed += used(ofColumn + by) - used(ofColumn);
    this.#pixels += by;
    this.#recountSometimes();
  }

  #recountSometimes(): void {
    this.#changes++;
    if (this.#changes < RECOUNT_AFTER) return;
    this.#changes = 0;
    const total = (counts: Uint32Array) => counts.reduce((sum, count) => sum + this.#phi[count], 0);
    this.#cells = total(this.#joint);
    this.#margins = total(this.#rowSums) + total(this.#columnSums);
  }
}

const used = (count: number): 0 | 1 => (count > 0 ? 1 : 0);
