import { LUT_SIZE } from '../../protocol/colormaps.ts';

/** One colour of a table as CSS, `t` from 0 to 1. */
export function tableColour(table: Uint8Array, t: number): string {
  const i = 4 * Math.round(Math.min(Math.max(t, 0), 1) * (LUT_SIZE - 1));
  return `rgb(${table[i]}, ${table[i + 1]}, ${table[i + 2]})`;
}

/** The table as a CSS gradient, for colour bars. */
export function tableGradient(table: Uint8Array, direction = 'to right', stops = 16): string {
  const parts = Array.from({ length: stops }, (_, i) => tableColour(table, i / (stops - 1)));
  return `linear-gradient(${direction}, ${parts.join(', ')})`;
}
