import type { Size } from './viewport.ts';

export interface TileLayout {
  columns: number;
  rows: number;
}

/**
 * The grid in which `count` maps of a given width:height ratio come out largest. `chrome` is what a tile needs beside its map;
 * below `minWidth` a heading is not readable. Of grids with nearly equal tiles the one whose number of columns divides
 * `preferred` (the number of edges) is taken, so that each edge has its own column.
 */
export function tileLayout(
  count: number,
  area: Size,
  aspect: number,
  chrome: Size,
  minWidth: number,
  preferred: number,
): TileLayout {
  let best: TileLayout = { columns: 1, rows: Math.max(count, 1) };
  let bestScore = -Infinity;
  for (let columns = 1; columns <= count; columns++) {
    const width = area.width / columns;
    if (columns > 1 && width < minWidth) break;
    const rows = Math.ceil(count / columns);
    const mapWidth = width - chrome.width;
    const mapHeight = area.height / rows - chrome.height;
    if (mapWidth <= 0 || mapHeight <= 0) continue;
    const side = Math.min(mapWidth, mapHeight * aspect);
    const score = side * (columns === preferred ? 1.25 : 1);
    if (score > bestScore) {
      bestScore = score;
      best = { columns, rows };
    }
  }
  return best;
}
