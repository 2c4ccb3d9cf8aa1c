/** Lines along the last axis, [first, first + count), that make up a chunk, and where it stands in the grid of chunks. */
export interface ChunkSpan {
  /** Number of the chunk along each axis. */
  at: number[];
  /** Sample it begins with along each axis, and how many of them are there: fewer at the ends. */
  offset: number[];
  size: number[];
  first: number;
  count: number;
}

/**
 * Shape of chunks of about `bytes`, at least one line along the last axis each, such that every chunk is consecutive lines: it takes
 * part of one axis, all of those after it and one of those before it.
 */
export function chunkShape(shape: readonly number[], bytesPerSample: number, bytes: number): number[] {
  const chunk = shape.map(() => 1);
  let room = Math.max(1, Math.floor(bytes / bytesPerSample));
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const isLine = axis === shape.length - 1;
    chunk[axis] = isLine ? shape[axis] : Math.max(1, Math.min(shape[axis], room));
    // Chunks of one size, as far as that goes: a small rest would be a whole chunk on disk.
    chunk[axis] = Math.ceil(shape[axis] / Math.ceil(shape[axis] / chunk[axis]));
    if (chunk[axis] < shape[axis]) break;
    room = Math.floor(room / shape[axis]);
  }
  return chunk;
}

/** The chunks of an array in the order of its samples. */
export function* chunksOf(shape: readonly number[], chunk: readonly number[]): Generator<ChunkSpan> {
  const grid = shape.map((size, axis) => Math.ceil(size / chunk[axis]));
  const total = grid.reduce((product, size) => product * size, 1);
  for (let number = 0; number < total; number++) {
    const at = coordinates(number, grid);
    const offset = at.map((index, axis) => index * chunk[axis]);
    const size = offset.map((from, axis) => Math.min(chunk[axis], shape[axis] - from));
    const lines = shape.slice(0, -1);
    const first = lines.reduce((index, length, axis) => index * length + offset[axis], 0);
    const count = size.slice(0, -1).reduce((product, length) => product * length, 1);
    yield { at, offset, size, first, count };
  }
}

function coordinates(number: number, grid: readonly number[]): number[] {
  const at = grid.map(() => 0);
  let rest = number;
  for (let axis = grid.length - 1; axis >= 0; axis--) {
    at[axis] = rest % grid[axis];
    rest = Math.floor(rest / grid[axis]);
  }
  return at;
}
