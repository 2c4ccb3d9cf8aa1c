/** A rectangle in pixels of the scan. */
export interface Rectangle {
  y: number;
  x: number;
  height: number;
  width: number;
}

export type Shape = readonly [number, number];

/** A side or corner by which a rectangle is resized: −1 the first row or column, 1 the last, 0 neither. */
export interface Grip {
  y: -1 | 0 | 1;
  x: -1 | 0 | 1;
}

const between = (value: number, low: number, high: number): number => Math.min(Math.max(value, low), high);

/** Moved by whole pixels, as far as the scan reaches; its size stays. */
export function moved<T extends Rectangle>(rectangle: T, [rows, columns]: Shape, dy: number, dx: number): T {
  return {
    ...rectangle,
    y: between(rectangle.y + Math.round(dy), 0, rows - rectangle.height),
    x: between(rectangle.x + Math.round(dx), 0, columns - rectangle.width),
  };
}

/** With its last row and column moved: at least one pixel, at most to the scan's border. */
export function resized<T extends Rectangle>(
  rectangle: T,
  [rows, columns]: Shape,
  dy: number,
  dx: number,
): T {
  return {
    ...rectangle,
    height: between(rectangle.height + dy, 1, rows - rectangle.y),
    width: between(rectangle.width + dx, 1, columns - rectangle.x),
  };
}

/** Resized by a side or corner, which moves no further than the opposite side and the scan's border. */
export function pulled<T extends Rectangle>(
  rectangle: T,
  [rows, columns]: Shape,
  grip: Grip,
  dy: number,
  dx: number,
): T {
  const [y, height] = pulledSpan(rectangle.y, rectangle.height, rows, grip.y, Math.round(dy));
  const [x, width] = pulledSpan(rectangle.x, rectangle.width, columns, grip.x, Math.round(dx));
  return { ...rectangle, y, x, height, width };
}

function pulledSpan(
  start: number,
  length: number,
  whole: number,
  side: -1 | 0 | 1,
  by: number,
): [number, number] {
  const end = start + length;
  if (side < 0) {
    const first = between(start + by, 0, end - 1);
    return [first, end - first];
  }
  return side > 0 ? [start, between(end + by, start + 1, whole) - start] : [start, length];
}

/** The rectangle between two pixels, both inside; what lies beside the scan is left out. */
export function spanned(
  a: readonly [number, number],
  b: readonly [number, number],
  [rows, columns]: Shape,
): Rectangle {
  const y = between(Math.min(a[0], b[0]), 0, rows - 1);
  const x = between(Math.min(a[1], b[1]), 0, columns - 1);
  return {
    y,
    x,
    height: between(Math.max(a[0], b[0]), y, rows - 1) - y + 1,
    width: between(Math.max(a[1], b[1]), x, columns - 1) - x + 1,
  };
}

export const holds = ({ y, x, height, width }: Rectangle, row: number, column: number): boolean =>
  row >= y && row < y + height && column >= x && column < x + width;

/** The smallest rectangle that contains a pixel, so that a rectangle inside another can be selected. */
export function smallestAt<T extends Rectangle>(
  rectangles: readonly T[],
  row: number,
  column: number,
): T | undefined {
  let best: T | undefined;
  for (const one of rectangles)
    if (holds(one, row, column) && (best === undefined || area(one) < area(best))) best = one;
  return best;
}

export const area = ({ height, width }: Rectangle): number => height * width;

export const sameRectangle = (a: Rectangle, b: Rectangle): boolean =>
  a.y === b.y && a.x === b.x && a.height === b.height && a.width === b.width;

/** The corner or side within `reach` of a point, both in canvas pixels; undefined inside and away from the border. */
export function gripAt(
  box: { left: number; top: number; width: number; height: number },
  x: number,
  y: number,
  reach: number,
): Grip | undefined {
  const across = sideAt(x, box.left, box.left + box.width, reach);
  const down = sideAt(y, box.top, box.top + box.height, reach);
  if (across === undefined || down === undefined || (across === 0 && down === 0)) return undefined;
  return { y: down, x: across };
}

function sideAt(value: number, low: number, high: number, reach: number): -1 | 0 | 1 | undefined {
  if (value < low - reach || value > high + reach) return undefined;
  // A small rectangle can still be grabbed in its middle, to be moved.
  const inside = Math.min(reach, (high - low) / 4);
  if (value < low + inside) return -1;
  return value > high - inside ? 1 : 0;
}
