import { scaleLinear } from 'd3-scale';
import {
  interpolateCividis,
  interpolateGreys,
  interpolateInferno,
  interpolateMagma,
  interpolateViridis,
} from 'd3-scale-chromatic';
import { flagColour, MOST_FLAGS } from './background-flags.ts';
import { cssColour } from './palette.ts';

/** Colours of continuous maps; of classes see palette.ts. */
export type ColormapName =
  | 'viridis'
  | 'magma'
  | 'inferno'
  | 'cividis'
  | 'greys'
  | 'diverging'
  | 'change'
  | 'flags';

/** What a user may choose for a continuous map; `diverging` belongs to quantities with a centre, `change` to what differs, `flags` to sums of bits. */
export const SEQUENTIAL: readonly ColormapName[] = ['viridis', 'magma', 'inferno', 'cividis', 'greys'];

export const LUT_SIZE = 256;

/** Lavender below the centre, rose above, which no class has; the centre is near the ground, so that what says nothing stays quiet. */
const divergingDark = scaleLinear<string>()
  .domain([0, 0.2, 0.5, 0.8, 1])
  .range(['#b9c2ff', '#5c63a8', '#1f252c', '#9c3f60', '#ff6f9f']);
const divergingLight = scaleLinear<string>()
  .domain([0, 0.25, 0.5, 0.75, 1])
  .range(['#3a3fa0', '#9499d6', '#eef0f2', '#e092b0', '#b0185a']);

/** d3's greys run from white to black, and black is the ground: the darkest grey stays a shade above it. */
const greys = (t: number): string => interpolateGreys(0.92 * (1 - t));

function interpolator(name: ColormapName, light: boolean): (t: number) => string {
  switch (name) {
    case 'viridis':
      return interpolateViridis;
    // What is much stands out from the ground in both themes.
    case 'magma':
      return (t) => interpolateMagma(0.08 + 0.92 * (light ? 1 - t : t));
    case 'inferno':
      return (t) => interpolateInferno(0.08 + 0.92 * (light ? 1 - t : t));
    case 'cividis':
      return interpolateCividis;
    case 'greys':
      return greys;
    case 'change':
      // What is the same is near the ground; white would dazzle in a dark room.
      return light ? (t) => interpolateGreys(0.08 + 0.72 * t) : (t) => greys(0.03 + 0.75 * t);
    case 'flags':
      return (t) =>
        cssColour(flagColour(Math.round(t * MOST_FLAGS)) ?? (light ? [245, 246, 248] : [32, 38, 46]));
    case 'diverging':
      return light ? divergingLight : divergingDark;
  }
}

/** `#rrggbb`, `rgb(r, g, b)` → 0–255. */
export function parseColour(text: string): [number, number, number] {
  if (text.startsWith('#')) {
    const value = Number.parseInt(text.slice(1), 16);
    return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
  }
  const parts = text.match(/-?[\d.]+/g)?.map(Number) ?? [];
  return [parts[0] ?? 0, parts[1] ?? 0, parts[2] ?? 0];
}

const tables = new Map<string, Uint8Array<ArrayBuffer>>();

/** 256 RGBA colours from low to high; made once, and not to be written to. */
export function colormapTable(name: ColormapName, light = false): Uint8Array<ArrayBuffer> {
  const key = `${name}/${light}`;
  let table = tables.get(key);
  if (table === undefined) {
    table = new Uint8Array(4 * LUT_SIZE);
    const colour = interpolator(name, light);
    for (let i = 0; i < LUT_SIZE; i++) {
      const [r, g, b] = parseColour(colour(i / (LUT_SIZE - 1)));
      table.set([Math.round(r), Math.round(g), Math.round(b), 255], 4 * i);
    }
    tables.set(key, table);
  }
  return table;
}
