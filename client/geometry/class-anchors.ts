/** Where the number of a class is written: the pixel farthest from any other class, and that distance. */
export interface ClassAnchor {
  label: number;
  /** Row-major index. */
  pixel: number;
  /** Distance to the nearest pixel of another label, in pixels. */
  depth: number;
}

/** Chamfer weights of a step and of a diagonal step (Borgefors 1986, 3-4 distance). */
const STEP = 3;
const DIAGONAL = 4;

/** Maps with more pixels per side are subsampled to this: a number is a dozen pixels high, so the exact place does not matter. */
const MOST_PER_SIDE = 128;

/**
 * The deepest pixel of every label ≥ 0, by a two-pass chamfer distance to the nearest pixel of another label. The scan's
 * border counts as another label, so that a number is not written half outside. Classes finer than the step of a large
 * map may have none.
 */
export function classAnchors(labels: ArrayLike<number>, shape: readonly [number, number]): ClassAnchor[] {
  const step = Math.ceil(Math.max(...shape) / MOST_PER_SIDE);
  if (step === 1) return deepestPixels(labels, shape);
  const [rows, columns] = shape.map((side) => Math.ceil(side / step));
  const pixelOf = (coarse: number) => {
    const y = Math.min(Math.floor(coarse / columns) * step + (step >> 1), shape[0] - 1);
    return y * shape[1] + Math.min((coarse % columns) * step + (step >> 1), shape[1] - 1);
  };
  const thinned = Int16Array.from({ length: rows * columns }, (_, coarse) => labels[pixelOf(coarse)]);
  return deepestPixels(thinned, [rows, columns]).map(({ label, pixel, depth }) => ({
    label,
    pixel: pixelOf(pixel),
    depth: depth * step,
  }));
}

function deepestPixels(labels: ArrayLike<number>, shape: readonly [number, number]): ClassAnchor[] {
  const [rows, columns] = shape;
  const distance = new Int32Array(rows * columns);
  const near = (pixel: number, y: number, x: number, weight: number): number => {
    if (y < 0 || x < 0 || y >= rows || x >= columns) return weight;
    const other = y * columns + x;
    return labels[other] === labels[pixel] ? distance[other] + weight : weight;
  };
  for (let y = 0; y < rows; y++)
    for (let x = 0; x < columns; x++) {
      const pixel = y * columns + x;
      distance[pixel] = Math.min(
        near(pixel, y, x - 1, STEP),
        near(pixel, y - 1, x, STEP),
        near(pixel, y - 1, x - 1, DIAGONAL),
        near(pixel, y - 1, x + 1, DIAGONAL),
      );
    }
  const best = new Map<number, number>();
  for (let y = rows - 1; y >= 0; y--)
    for (let x = columns - 1; x >= 0; x--) {
      const pixel = y * columns + x;
      distance[pixel] = Math.min(
        distance[pixel],
        near(pixel, y, x + 1, STEP),
        near(pixel, y + 1, x, STEP),
        near(pixel, y + 1, x + 1, DIAGONAL),
        near(pixel, y + 1, x - 1, DIAGONAL),
      );
      const label = labels[pixel];
      const leader = best.get(label);
      if (label >= 0 && (leader === undefined || distance[pixel] > distance[leader])) best.set(label, pixel);
    }
  return [...best].map(([label, pixel]) => ({ label, pixel, depth: distance[pixel] / STEP }));
}
