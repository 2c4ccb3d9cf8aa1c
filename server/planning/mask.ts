import type { PlanRectangle } from '../../protocol/index.ts';

/** 1 where a pixel is scanned again, row-major; what lies outside the scan is left out. */
export function planMask(
  rectangles: readonly Pick<PlanRectangle, 'y' | 'x' | 'height' | 'width'>[],
  [rows, columns]: readonly [number, number],
): Uint8Array<ArrayBuffer> {
  const mask = new Uint8Array(rows * columns);
  for (const { y, x, height, width } of rectangles)
    for (let row = Math.max(0, y); row < Math.min(rows, y + height); row++)
      mask.fill(
        1,
        row * columns + Math.min(columns, Math.max(0, x)),
        row * columns + Math.min(columns, Math.max(0, x + width)),
      );
  return mask;
}
