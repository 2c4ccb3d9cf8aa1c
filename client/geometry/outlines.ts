/** A closed line, x and y in turn, in pixels of the scan: the first pixel reaches from 0 to 1. */
export type Outline = Float32Array;

/** Binomial weights, a Gaussian of 0.7 pixels. */
const KERNEL = [1 / 4, 2 / 4, 1 / 4];
const REACH = 1;
/** A little below one half: shells of a single pixel's width stay, single pixels go. */
const LEVEL = 0.45;

/**
 * Smooth outlines of the pixels where `mask` is not 0: marching squares on the lightly blurred mask.
 * Outer borders run anticlockwise on screen, holes clockwise; specks of an area below `least` pixels are left out.
 */
export function outlinesOf(mask: ArrayLike<number>, shape: readonly [number, number], least = 6): Outline[] {
  const [rows, columns] = shape;
  // Room around the scan, so that every line closes.
  const [height, width] = [rows + 2 * REACH + 2, columns + 2 * REACH + 2];
  const field = blurred(mask, shape, height, width);
  const next = segments(field, height, width);
  const lines: Outline[] = [];
  for (const start of next.keys()) {
    const edges: number[] = [];
    let edge: number | undefined = start;
    while (edge !== undefined && next.has(edge)) {
      edges.push(edge);
      const following: number | undefined = next.get(edge);
      next.delete(edge);
      edge = following;
    }
    const line = new Float32Array(2 * edges.length);
    edges.forEach((crossed, i) => {
      const [x, y] = crossing(field, width, crossed);
      line[2 * i] = Math.min(Math.max(x - REACH - 0.5, 0), columns);
      line[2 * i + 1] = Math.min(Math.max(y - REACH - 0.5, 0), rows);
    });
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
): Float32Array {
  const frame = REACH + 1;
  const across = new Float32Array(height * width);
  for (let y = 0; y < rows; y++)
    for (let x = 0; x < columns; x++) {
      if (!mask[y * columns + x]) continue;
      for (let k = -REACH; k <= REACH; k++) across[(y + frame) * width + x + frame + k] += KERNEL[k + REACH];
    }
  const field = new Float32Array(height * width);
  for (let y = REACH; y < height - REACH; y++)
    for (let x = 0; x < width; x++)
      for (let k = -REACH; k <= REACH; k++)
        field[y * width + x] += KERNEL[k + REACH] * across[(y + k) * width + x];
  return field;
}

const [TOP, RIGHT, BOTTOM, LEFT] = [0, 1, 2, 3];

/**
 * By which sides a line passes through four neighbouring samples, inside on its left. Bits of the case: top left 8, top
 * right 4, bottom right 2, bottom left 1. 5 and 10 are the saddles, first with the middle outside, then inside.
 */
const PASSAGES: readonly (readonly [number, number])[][] = [
  [],
  [[BOTTOM, LEFT]],
  [[RIGHT, BOTTOM]],
  [[RIGHT, LEFT]],
  [[TOP, RIGHT]],
  [
    [BOTTOM, LEFT],
    [TOP, RIGHT],
  ],
  [[TOP, BOTTOM]],
  [[TOP, LEFT]],
  [[LEFT, TOP]],
  [[BOTTOM, TOP]],
  [
    [LEFT, TOP],
    [RIGHT, BOTTOM],
  ],
  [[RIGHT, TOP]],
  [[LEFT, RIGHT]],
  [[BOTTOM, RIGHT]],
  [[LEFT, BOTTOM]],
  [],
];
const JOINED: Record<number, readonly (readonly [number, number])[]> = {
  5: [
    [TOP, LEFT],
    [BOTTOM, RIGHT],
  ],
  10: [
    [RIGHT, TOP],
    [LEFT, BOTTOM],
  ],
};

/** From each crossed side of a cell to the next; sides are 2·sample for the way right, 2·sample + 1 for the way down. */
function segments(field: Float32Array, height: number, width: number): Map<number, number> {
  const next = new Map<number, number>();
  const inside = (sample: number) => (field[sample] >= LEVEL ? 1 : 0);
  for (let y = 0; y < height - 1; y++)
    for (let x = 0; x < width - 1; x++) {
      const s = y * width + x;
      const code = 8 * inside(s) + 4 * inside(s + 1) + 2 * inside(s + width + 1) + inside(s + width);
      if (code === 0 || code === 15) continue;
      const middle = (field[s] + field[s + 1] + field[s + width] + field[s + width + 1]) / 4;
      const sides = [2 * s, 2 * (s + 1) + 1, 2 * (s + width), 2 * s + 1];
      const passages = middle >= LEVEL ? (JOINED[code] ?? PASSAGES[code]) : PASSAGES[code];
      for (const [from, to] of passages) next.set(sides[from], sides[to]);
    }
  return next;
}

/** Where the level is met on a side, in samples. */
function crossing(field: Float32Array, width: number, side: number): [number, number] {
  const sample = side >> 1;
  const down = side & 1;
  const other = sample + (down ? width : 1);
  const share = (LEVEL - field[sample]) / (field[other] - field[sample]);
  const [x, y] = [sample % width, Math.floor(sample / width)];
  return down ? [x, y + share] : [x + share, y];
}
