import { expect, it } from 'vitest';
import type { CubeLayout, CubeReader } from '../../../server/formats/cube.ts';
import { TILE_PIXELS, TileReader } from '../../../server/pipeline/reading/tiles.ts';

const PIXELS = 40 * TILE_PIXELS + 17;

/** Sample c of pixel p is p + c / 1000. */
function reader(reads: number[]): CubeReader {
  return {
    layout: {} as CubeLayout,
    read: async (first, count, from, to, out) => {
      reads.push(count);
      for (let p = 0, at = 0; p < count; p++)
        for (let c = from; c < to; c++) out[at++] = first + p + c / 1000;
    },
    extend: () => {},
    close: async () => {},
  };
}

it.each([
  ['narrow windows', [5, 75]],
  ['wide ones', [0, 2048]],
] as [string, [number, number]][])(
  'of %s are cut at the same places, whatever is read at once',
  async (_, [from, to]) => {
    const wanted = new Uint8Array(PIXELS);
    // The first tile, a run of tiles, one alone, and the last, which is not whole.
    const runs = [0, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 30, 40];
    for (const tile of runs) wanted[tile * TILE_PIXELS + (tile % 16)] = 1;
    const reads: number[] = [];
    const found: number[] = [];
    await new TileReader(reader(reads), [from, to], wanted).visit(wanted, ({ first, count, spectra }) => {
      found.push(first / TILE_PIXELS);
      expect(count).toBe(Math.min(TILE_PIXELS, PIXELS - first));
      expect(spectra.length).toBe(count * (to - from));
      for (const p of [0, count - 1]) {
        expect(spectra[p * (to - from)]).toBeCloseTo(first + p + from / 1000, 2);
        expect(spectra[(p + 1) * (to - from) - 1]).toBeCloseTo(first + p + (to - 1) / 1000, 2);
      }
    });
    expect(found).toEqual(runs);
    expect(reads.reduce((sum, count) => sum + count, 0)).toBe(20 * TILE_PIXELS + 17);
    if (to - from > 1024) expect(Math.max(...reads)).toBe(TILE_PIXELS);
    else expect(reads.length).toBeLessThan(8);
  },
);
