/** Which axes of a stored array run over rows, columns and energy; a line has no rows, a spectrum no columns either. */
export interface CubeAxes {
  row: number | undefined;
  column: number | undefined;
  energy: number;
  /** The array has its highest energy first; cubes have the lowest first. */
  descending?: boolean;
}

/** A part of a cube: first row, column and channel, and how many of each. */
export interface CubeBlock {
  row: number;
  rows: number;
  column: number;
  columns: number;
  channel: number;
  channels: number;
}

/** The grid of pieces that an array is stored in, counted so that energy runs fastest, then columns, then rows. */
export class PieceGrid {
  readonly #shape: readonly number[];
  readonly #piece: readonly number[];
  readonly #axes: CubeAxes;
  /** Pieces along rows, columns and energy. */
  readonly #counts: [number, number, number];

  constructor(shape: readonly number[], pieceShape: readonly number[], axes: CubeAxes) {
    this.#shape = shape;
    this.#piece = pieceShape;
    this.#axes = axes;
    const along = (axis: number | undefined) =>
      axis === undefined ? 1 : Math.ceil(shape[axis] / pieceShape[axis]);
    this.#counts = [along(axes.row), along(axes.column), along(axes.energy)];
  }

  get size(): number {
    return this.#counts[0] * this.#counts[1] * this.#counts[2];
  }

  /** Pieces that hold parts of one spectrum. */
  get perSpectrum(): number {
    return this.#counts[2];
  }

  /** Place of a piece in the array's own grid, axis by axis. */
  indexOf(piece: number): number[] {
    const [row, column, energy] = this.#places(piece);
    return this.#shape.map((_, axis) =>
      axis === this.#axes.energy ? energy : axis === this.#axes.column ? column : row,
    );
  }

  /** What a piece holds of the cube. */
  blockOf(piece: number): CubeBlock {
    const [row, column, energy] = this.#places(piece);
    const part = (axis: number | undefined, place: number): [number, number] => {
      if (axis === undefined) return [0, 1];
      const start = place * this.#piece[axis];
      return [start, Math.min(this.#piece[axis], this.#shape[axis] - start)];
    };
    const [firstRow, rows] = part(this.#axes.row, row);
    const [firstColumn, columns] = part(this.#axes.column, column);
    const [first, channels] = part(this.#axes.energy, energy);
    const { descending, energy: axis } = this.#axes;
    const channel = descending ? this.#shape[axis] - first - channels : first;
    return { row: firstRow, rows, column: firstColumn, columns, channel, channels };
  }

  #places(piece: number): [number, number, number] {
    const [, columns, energies] = this.#counts;
    const pixel = Math.floor(piece / energies);
    return [Math.floor(pixel / columns), pixel % columns, piece % energies];
  }
}
