/** Columns of a piece of a row: enough for a row's shift, few enough for pieces all over the scan. */
const PIECE_COLUMNS = 64;

/**
 * Some pixels of a scan, in pieces of two rows one below the other, spread evenly over the rows and from place to place along
 * them; all pixels where there are no more than `most`. Only measured ones.
 */
export function sampleRuns(
  [rows, columns]: readonly [number, number],
  measured: Uint8Array,
  most: number,
): { first: number; count: number }[] {
  const out: { first: number; count: number }[] = [];
  const add = (from: number, end: number) => {
    for (let first = from, pixel = from; pixel <= end; pixel++)
      if (pixel === end || !measured[pixel]) {
        if (pixel > first) out.push({ first, count: pixel - first });
        first = pixel + 1;
      }
  };
  if (rows * columns <= most) {
    for (let row = 0; row < rows; row++) add(row * columns, (row + 1) * columns);
    return out;
  }
  const width = Math.min(columns, rows < 2 ? most : PIECE_COLUMNS);
  const deep = Math.min(rows, 2);
  const pieces = Math.max(1, Math.min(Math.floor(most / (width * deep)), Math.floor(rows / deep)));
  const places = Math.max(1, columns - width + 1);
  for (let n = 0; n < pieces; n++) {
    const row = Math.floor((n * (rows - deep)) / Math.max(pieces - 1, 1));
    // Steps of the golden ratio visit all places along a row evenly.
    const column = Math.floor(((n * 0.6180339887) % 1) * places);
    for (let k = 0; k < deep; k++) add((row + k) * columns + column, (row + k) * columns + column + width);
  }
  return out.sort((a, b) => a.first - b.first);
}
