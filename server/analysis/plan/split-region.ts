import { type Placed, placed, type SearchSpace } from './placed-regions.ts';
import type { Area } from './summed-area.ts';

/**
 * The two parts of a region without the band of rows or columns between them whose cost exceeds its gain most;
 * undefined where no band does.
 */
export function splitRegion(
  space: SearchSpace,
  { layer, area }: Placed,
  price: number,
): Placed[] | undefined {
  const { costs, taken } = space;
  let best: { parts: [Area, Area] } | undefined;
  let most = 1e-9;
  for (const alongRows of [true, false]) {
    const length = alongRows ? area.height : area.width;
    let [saved, start] = [0, 1];
    for (let at = 1; at < length - 1; at++) {
      const { y, x, height, width } = area;
      const line: Area = alongRows ? { y: y + at, x, height: 1, width } : { y, x: x + at, height, width: 1 };
      const perRow = alongRows ? costs.perRow : 0;
      const cost = line.height * line.width * layer.dwells * costs.perDwell + perRow;
      if (saved <= 0) [saved, start] = [0, at];
      saved += price * cost - layer.gainBeyond(line, taken);
      if (saved <= most) continue;
      most = saved;
      best = { parts: cut(area, alongRows, start, at + 1) };
    }
  }
  if (!best) return undefined;
  const parts = best.parts.map((part) => placed(space, layer, part, []));
  return parts[0] && parts[1] ? [parts[0], parts[1]] : undefined;
}

/** Parts before and after a band of rows or columns. */
function cut(area: Area, alongRows: boolean, from: number, to: number): [Area, Area] {
  return alongRows
    ? [
        { ...area, height: from },
        { ...area, y: area.y + to, height: area.height - to },
      ]
    : [
        { ...area, width: from },
        { ...area, x: area.x + to, width: area.width - to },
      ];
}
