import { contours } from 'd3-contour';

/** A closed line, x and y in turn, in pixels of the scan: the first pixel reaches from 0 to 1. */
export type Outline = Float32Array;

/** Binomial weights, a Gaussian of 0.7 pixels. */
const KERNEL = [1 / 4, 2 / 4, 1 / 4];
const REACH = 1;
/** A little below one half: shells of a single pixel's width stay, single pixels go. */
const LEVEL = 0.45;

/**
 * Smooth outlines of the pixels where `mask` is not 0: contours of the lightly blurred mask.
 * Outer borders run anticlockwise on screen, holes clockwise; specks of an area below `least` pixels are left out.
 */
export function outlinesOf(mask: ArrayLike<number>, shape: readonly [number, number], least = 6): Outline[] {
  const [rows, columns] = shape;
  // Room around the scan, so that every line closes.
  const frame = REACH + 1;
  const [height, width] = [rows + 2 * frame, columns + 2 * frame];
  const field = blurred(mask, shape, height, width);
  const { coordinates } = contours().size([width, height]).contour(field, LEVEL);
  const lines: Outline[] = [];
  for (const ring of coordinates.flat()) {
    // The first corner is repeated at the end.
    const line = new Float32Array(2 * (ring.length - 1));
    for (let i = 0; i < ring.length - 1; i++) {
      line[2 * i] = Math.min(Math.max(ring[i][0] - frame, 0), columns);
      line[2 * i + 1] = Math.min(Math.max(ring[i][1] - frame, 0), rows);
    }
    if (Math.abs(areaOf(line)) >= least) lines.push(line);
  }
  return lines;
}

/** Area within a closed line; negative for one that runs anticlockwise on screen. */
export function areaOf(line: Outline): number {
  let twice = 0;
  for (let i = 0; i < line.length; i += 2) {
    const j = (i + 2) % line.length;
    twice += line[i] * line[j + 1] - line[j] * line[i + 1];
  }
  return twice / 2;
}

/** The mask in a frame of zeros, REACH + 1 wide, blurred along both axes. */
function blurred(
  mask: ArrayLike<number>,
  [rows, columns]: readonly [number, number],
  height: number,
  width: number,
): number[] {
  const frame = REACH + 1;
  const across = new Float32Array(height * width);
  for (let y = 0; y < rows; y++)
    for (let x = 0; x < columns; x++) {
      if (!mask[y * columns + x]) continue;
      for (let k = -REACH; k <= REACH; k++) across[(y + frame) * width + x + frame + k] += KERNEL[k + REACH];
    }
  const field = new Array<number>(height * width).fill(0);
  for (let y = REACH; y < height - REACH; y++)
    for (let x = 0; x < width; x++)
      for (let k = -REACH; k <= REACH; k++)
        field[y * width + x] += KERNEL[k + REACH] * across[(y + k) * width + x];
  return field;
}
