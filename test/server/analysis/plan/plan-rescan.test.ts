import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PLAN_TERMS, type PlanRequest } from '../../../../protocol/index.ts';
import { createRandom } from '../../../../server/analysis/math/random.ts';
import { MISSING } from '../../../../server/analysis/plan/plan-input.ts';
import {
  judgeRectangles,
  pixelValues,
  planRescan,
  settledness,
} from '../../../../server/analysis/plan/plan-rescan.ts';
import { planInput, plannedEdge } from '../../../support/plan-input.ts';

const SHAPE = [32, 32] as [number, number];
const PIXELS = 32 * 32;
const request: PlanRequest = { budget: { unit: 'percent', value: 25 }, terms: PLAN_TERMS };
const [row, column] = [(pixel: number) => Math.floor(pixel / 32), (pixel: number) => pixel % 32];
const inIsland = (pixel: number) =>
  row(pixel) >= 8 && row(pixel) < 14 && column(pixel) >= 20 && column(pixel) < 30;
const island = () => planInput(SHAPE, [plannedEdge('Si-L', PIXELS, (p) => (inIsland(p) ? -0.3 : undefined))]);

describe('a plan', () => {
  it('puts one rectangle on an island of doubt, says why, and promises what pixels gain', () => {
    const input = island();
    const values = pixelValues(input);
    const plan = planRescan(values, input, request);
    expect(plan.verdict).toBe('rescan');
    expect(plan.regions).toHaveLength(1);
    const [region] = plan.regions;
    expect(region).toMatchObject({ y: 8, x: 20, height: 6, width: 10 });
    expect(region.reason).toBe('Si-L: class 0 or 1? S/N 20.0');
    // Odds e^−0.3: 43 % of 60 pixels are wrong.
    expect(plan.wrong).toBeCloseTo(60 / (1 + Math.exp(0.3)), 0);
    expect(plan.gain).toBeGreaterThan(0.6 * plan.wrong);
    expect(plan.gain).toBeLessThan(plan.wrong);
    expect(plan.cost.percent).toBeLessThanOrEqual(25);
    const judged = judgeRectangles(values, input, [region], PLAN_TERMS);
    expect(judged[0].gain).toBeCloseTo(region.gain, 4);
  });

  it('names classes where they have names, and the border they are at', () => {
    const silicon = {
      ...plannedEdge('Si-L', PIXELS, (p) => (inIsland(p) ? -0.3 : undefined)),
      classNames: { 0: 'SiO2' },
    };
    const carbon = plannedEdge('C-K', PIXELS, () => undefined);
    carbon.labels.forEach((_, p) => {
      carbon.labels[p] = column(p) < 25 ? 1 : 3;
    });
    const input = planInput(SHAPE, [silicon, carbon]);
    const { regions } = planRescan(pixelValues(input), input, request);
    expect(regions[0].reason).toBe('Si-L: SiO2 or class 1? S/N 20.0, at a border of C-K 1 and 3');
  });

  it('values a doubtful absence', () => {
    const edge = plannedEdge('O-K', PIXELS, () => undefined);
    // Strong elsewhere, and just below the limit in the island.
    edge.labels.forEach((_, p) => {
      edge.snr[p] = inIsland(p) ? 2.4 : row(p) > 16 ? 0.3 * Math.sin(p) : 3.6 + Math.sin(p);
      edge.labels[p] = edge.snr[p] >= 3 ? 0 : -1;
      if (edge.labels[p] < 0) edge.decisions.fill(Number.NaN, 4 * p, 4 * p + 4);
    });
    const input = planInput(SHAPE, [edge]);
    const values = pixelValues(input);
    const inside = values.presence[9 * 32 + 24];
    expect(inside).toBeGreaterThan(0.05);
    expect(values.presence[30 * 32 + 3]).toBeLessThan(0.02);
    const { regions } = planRescan(values, input, request);
    expect(regions[0].reason).toMatch(/^O-K present\? S\/N \d\.\d/);
    const without = planRescan(values, input, { ...request, terms: ['classes', 'novelty', 'missing'] });
    expect(without.verdict).toBe('no-rescan');
  });

  it('says no where all is certain, and that it is too early without labels', () => {
    const certain = planInput(SHAPE, [plannedEdge('Si-L', PIXELS, () => undefined)]);
    const no = planRescan(pixelValues(certain), certain, request);
    expect(no).toMatchObject({ verdict: 'no-rescan', regions: [] });
    expect(no.words).toMatch(/^No rescan is worth its dose: /);
    certain.edges[0].labels.fill(-2);
    expect(planRescan(pixelValues(certain), certain, request).verdict).toBe('too-early');
  });

  it('takes missing pixels before all, saturated ones at a quarter of the dwell', () => {
    const input = island();
    for (let x = 4; x < 12; x++) {
      input.exposure[20 * 32 + x] = 0;
      input.missing[20 * 32 + x] = MISSING.lost;
      input.edges[0].labels[20 * 32 + x] = -2;
      input.missing[2 * 32 + x] = MISSING.saturated;
    }
    const { regions } = planRescan(pixelValues(input), input, request);
    expect(regions).toContainEqual(
      expect.objectContaining({ y: 20, x: 4, height: 1, width: 8, dwells: 1, reason: '8 lost pixels' }),
    );
    expect(regions).toContainEqual(
      expect.objectContaining({ y: 2, x: 4, height: 1, width: 8, dwells: 0.25 }),
    );
    const few = planRescan(pixelValues(input), input, { ...request, budget: { unit: 'pixels', value: 10 } });
    expect(few.regions.filter(({ y }) => y === 20 || y === 2)).toHaveLength(2);
    expect(few.cost.pixelDwells).toBeLessThanOrEqual(10);
  });

  it('asks for a still shorter dwell where the shorter one has saturated pixels as well, and gives up in the end', () => {
    const input = island();
    const dwellsOf = (exposure: number) => {
      for (let x = 4; x < 12; x++) {
        input.missing[2 * 32 + x] = MISSING.saturated;
        input.exposure[2 * 32 + x] = exposure;
      }
      const { regions } = planRescan(pixelValues(input), input, { ...request, terms: ['missing'] });
      return regions.map(({ y, height, dwells }) => ({ y, height, dwells }));
    };
    for (const [exposure, dwells] of [
      [1, 1 / 4],
      [5, 1 / 4],
      [1 / 4, 1 / 16],
      [0.6, 1 / 16],
      [1 / 16, 1 / 64],
    ] as const)
      expect(dwellsOf(exposure), `exposed for ${exposure}`).toEqual([{ y: 2, height: 1, dwells }]);
    expect(dwellsOf(1 / 256)).toEqual([]);
  });

  it('counts the dose of exposures that were discarded', () => {
    const limited = { ...island(), doseRate: 10, doseLimit: 25 };
    const planned = (discarded: number) => {
      const input = { ...limited, discarded: new Float32Array(limited.exposure.length).fill(discarded) };
      return planRescan(pixelValues(input), input, request).regions.length;
    };
    expect(planned(0)).toBeGreaterThan(0);
    expect(planned(1)).toBe(0);
  });

  it('gives novel pixels that lie together a quarter of the budget', () => {
    const input = island();
    for (let y = 24; y < 27; y++) for (let x = 3; x < 6; x++) input.edges[0].novelty[y * 32 + x] = 2.5;
    // By chance, on its own.
    input.edges[0].novelty[5] = 1.3;
    const values = pixelValues(input);
    expect(values.novelty[5]).toBe(0);
    const { regions, cost } = planRescan(values, input, request);
    const novel = regions.filter(({ y }) => y >= 22);
    expect(novel).toHaveLength(1);
    expect(novel[0].reason).toBe('9 pixels unlike all others');
    expect(novel[0].height * novel[0].width * novel[0].dwells).toBeLessThanOrEqual(64);
    expect(cost.pixelDwells).toBeLessThanOrEqual(256);
  });

  it('never exposes pixels beyond the limit of dose', () => {
    const input = { ...island(), doseRate: 100, doseLimit: 350 };
    input.exposure.forEach((_, p) => {
      if (column(p) === 25) input.exposure[p] = 3;
    });
    const values = pixelValues(input);
    expect(values.value[10 * 32 + 25]).toBeNaN();
    const { regions } = planRescan(values, input, request);
    expect(regions.length).toBeGreaterThan(0);
    for (const { x, width, dwells } of regions) {
      expect(x + width <= 25 || x > 25).toBe(true);
      expect(dwells).toBeLessThanOrEqual(2);
    }
  });

  it('counts fly-back and set-up, and keeps within seconds', () => {
    const timing = { dwellSeconds: 0.01, flybackSeconds: 0.05, setupSeconds: 3 };
    const input = { ...island(), timing };
    const values = pixelValues(input);
    const asked = (value: number): PlanRequest => ({ budget: { unit: 'seconds', value }, terms: PLAN_TERMS });
    const { regions, cost } = planRescan(values, input, asked(6));
    expect(cost.seconds).toBeLessThanOrEqual(6);
    expect(regions[0].seconds).toBeGreaterThan(3);
    // Without a dwell time nobody knows what a second is worth.
    expect(planRescan(values, island(), asked(6)).words).toBe('A budget in seconds needs the dwell time');
    // Set-up alone takes longer.
    expect(planRescan(values, input, asked(2))).toMatchObject({
      verdict: 'no-rescan',
      regions: [],
      words: 'No region fits the budget of 2 s: setting one up takes 3 s',
    });
    expect(planRescan(values, input, asked(3.2)).words).toMatch(
      /^A budget of 3.2 s is too small: setting a region up takes 3 s, and the rest of it puts right 0\.[1-4] % of the pixels$/,
    );
  });

  it('never puts right fewer pixels for a larger budget', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e6 }), fc.boolean(), (seed, isTimed) => {
        const random = createRandom(seed);
        const blobs = Array.from({ length: 12 }, () => [32 * random(), 32 * random(), 1 + 4 * random()]);
        const edge = plannedEdge('Si-L', PIXELS, (p) =>
          blobs.some(([y, x, r]) => Math.abs(Math.hypot(row(p) - y, column(p) - x) - r) < 0.7)
            ? -3 * random()
            : undefined,
        );
        const timing = { dwellSeconds: 0.01, flybackSeconds: 0.02, setupSeconds: 0.3 };
        const input = { ...planInput(SHAPE, [edge]), ...(isTimed && { timing }) };
        const values = pixelValues(input);
        let before = 0;
        for (const value of [2, 5, 8, 12, 18, 25, 31, 38, 50, 75, 100, 150]) {
          const asked: PlanRequest = { budget: { unit: 'percent', value }, terms: PLAN_TERMS };
          const { gain, cost } = planRescan(values, input, asked, [], { worth: 0 });
          expect(gain).toBeGreaterThanOrEqual(before - 1e-9);
          expect(cost.percent).toBeLessThanOrEqual(value + 1e-9);
          before = gain;
        }
        expect(before).toBeGreaterThan(0);
      }),
      { numRuns: 20 },
    );
  });

  it('stays where it was while others are hardly better', () => {
    const input = island();
    const values = pixelValues(input);
    const previous = [{ y: 7, x: 20, height: 7, width: 10, dwells: 2 }];
    const kept = planRescan(values, input, request, previous);
    expect(kept.regions).toMatchObject(previous);
    const far = [{ y: 20, x: 0, height: 6, width: 10, dwells: 4 }];
    expect(planRescan(values, input, request, far).regions[0]).toMatchObject({ y: 8, x: 20 });
  });
});

describe('how settled the maps are', () => {
  it('is told by the labels that further exposure changes', () => {
    const input = island();
    const { curve, mayStop } = settledness(input);
    const changes = curve.map((point) => point.changes);
    expect(changes).toEqual([...changes].sort((a, b) => a - b));
    // 43 % of 60 of 1024 pixels in the end.
    expect(changes.at(-1)).toBeCloseTo((60 / PIXELS) * 0.43, 2);
    expect(mayStop).toBe(false);
    expect(settledness(input, new Float32Array(PIXELS).fill(1)).mayStop).toBe(false);
    const certain = planInput(SHAPE, [plannedEdge('Si-L', PIXELS, () => undefined)]);
    expect(settledness(certain, new Float32Array(PIXELS).fill(0.5))).toMatchObject({ mayStop: true });
  });
});
