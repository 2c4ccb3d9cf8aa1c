import fc from 'fast-check';
import { expect, it } from 'vitest';
import { bestRectangle } from '../../../../server/analysis/plan/best-rectangle.ts';
import { chooseRegions } from '../../../../server/analysis/plan/choose-regions.ts';
import { SummedLayer } from '../../../../server/analysis/plan/gain-layers.ts';
import { type Area, SummedArea } from '../../../../server/analysis/plan/summed-area.ts';

/** All rectangles of a small map. */
function* areas([rows, columns]: [number, number]): Generator<Area> {
  for (let y = 0; y < rows; y++)
    for (let x = 0; x < columns; x++)
      for (let height = 1; y + height <= rows; height++)
        for (let width = 1; x + width <= columns; width++) yield { y, x, height, width };
}

function sumOf(map: ArrayLike<number>, columns: number, { y, x, height, width }: Area): number {
  let sum = 0;
  for (let i = y; i < y + height; i++) for (let j = x; j < x + width; j++) sum += map[i * columns + j];
  return sum;
}

const maps = fc
  .tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 }))
  .chain(([rows, columns]) =>
    fc.record({
      shape: fc.constant([rows, columns] as [number, number]),
      map: fc.array(fc.integer({ min: -5, max: 5 }), {
        minLength: rows * columns,
        maxLength: rows * columns,
      }),
    }),
  );

it('finds the rectangle that trying all of them finds', () => {
  fc.assert(
    fc.property(maps, fc.integer({ min: 0, max: 4 }), ({ shape, map }, rowCost) => {
      let most = Number.NEGATIVE_INFINITY;
      for (const area of areas(shape))
        most = Math.max(most, sumOf(map, shape[1], area) - rowCost * area.height);
      const found = bestRectangle(Float64Array.from(map), shape, rowCost);
      expect(found.worth).toBe(most);
      expect(sumOf(map, shape[1], found) - rowCost * found.height).toBe(most);
    }),
  );
});

it('sums any rectangle', () => {
  fc.assert(
    fc.property(maps, ({ shape, map }) => {
      const sums = new SummedArea(map, shape);
      for (const area of areas(shape)) expect(sums.of(area)).toBe(sumOf(map, shape[1], area));
    }),
  );
});

const gains = fc
  .tuple(fc.integer({ min: 3, max: 90 }), fc.integer({ min: 3, max: 90 }), fc.integer({ min: 1, max: 1e6 }))
  .map(([rows, columns, seed]) => {
    let state = seed;
    const next = () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 2 ** 32;
    };
    const shape = [rows, columns] as [number, number];
    return { shape, gain: Float32Array.from({ length: rows * columns }, () => (next() < 0.1 ? next() : 0)) };
  });

it('never overspends, and gains what it says', () => {
  fc.assert(
    fc.property(
      gains,
      fc.double({ min: 0.01, max: 2, noNaN: true }),
      fc.record({
        perDwell: fc.constantFrom(1, 0.01),
        perRow: fc.constantFrom(0, 0.2),
        perRegion: fc.constantFrom(0, 3),
      }),
      ({ shape, gain }, share, costs) => {
        const budget = share * gain.length * costs.perDwell;
        const layers = [1, 2, 4].map(
          (dwells) => new SummedLayer({ dwells, gain: gain.map((one) => one * (2 - 1 / dwells)) }, shape),
        );
        const regions = chooseRegions({ layers, shape, costs, budget, most: 8, taken: [] });
        expect(regions.length).toBeLessThanOrEqual(8);
        expect(regions.reduce((sum, { cost }) => sum + cost, 0)).toBeLessThanOrEqual(budget * (1 + 1e-12));
        for (const region of regions) {
          expect(region.y + region.height).toBeLessThanOrEqual(shape[0]);
          expect(region.x + region.width).toBeLessThanOrEqual(shape[1]);
          const all = sumOf(gain, shape[1], region) * (2 - 1 / region.dwells);
          expect(region.gain).toBeLessThanOrEqual(all + 1e-4);
        }
      },
    ),
    { numRuns: 60 },
  );
});

it('keeps out of pixels that must not be exposed, and puts a single island in one region', () => {
  const shape = [40, 40] as [number, number];
  const gain = new Float32Array(1600);
  for (let y = 10; y < 16; y++) for (let x = 20; x < 30; x++) gain[y * 40 + x] = 0.5;
  const costs = { perDwell: 1, perRow: 0, perRegion: 0 };
  const choose = (forbidden?: Uint8Array) =>
    chooseRegions({
      layers: [new SummedLayer({ dwells: 1, gain, ...(forbidden && { forbidden }) }, shape)],
      shape,
      costs,
      budget: 60,
      most: 8,
      taken: [],
    });
  expect(choose()).toMatchObject([{ y: 10, x: 20, height: 6, width: 10, dwells: 1, cost: 60 }]);
  const forbidden = new Uint8Array(1600);
  for (let y = 0; y < 40; y++) forbidden[y * 40 + 24] = 1;
  const regions = choose(forbidden);
  expect(regions.every(({ x, width }) => x + width <= 24 || x > 24)).toBe(true);
  expect(regions.reduce((sum, region) => sum + region.gain, 0)).toBeCloseTo(27, 5);
});
