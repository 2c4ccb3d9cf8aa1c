import { describe, expect, it } from 'vitest';
import { SpatialTester } from '../../../server/analysis/information/spatial-test.ts';
import { createRandom } from '../../../server/analysis/math/random.ts';
import {
  type PairSurroundings,
  pairInformation,
} from '../../../server/pipeline/information/pair-information.ts';
import { smoothLabelPair } from '../../support/smooth-labels.ts';

const SHAPE = [64, 64] as const;
const PIXELS = SHAPE[0] * SHAPE[1];

function informationOf(a: Int16Array, b: Int16Array, surroundings: Partial<PairSurroundings> = {}) {
  return pairInformation(
    { name: 'Si-L', labels: a, revision: 1 },
    { name: 'O-K', labels: b, revision: 2 },
    {
      shape: SHAPE,
      tester: new SpatialTester(SHAPE),
      thickness: undefined,
      pairs: 3,
      final: true,
      ...surroundings,
    },
    new Float32Array(PIXELS),
    new Float32Array(PIXELS),
  );
}

describe('information of a pair of edges', () => {
  it('calls related maps related and names the classes that go together', () => {
    const [a] = smoothLabelPair(SHAPE, 2, 3, 0, createRandom(1));
    const random = createRandom(2);
    // Class 2 of one is class 0 of the other; the rest is unrelated.
    const b = a.map((label) => (label === 2 ? 0 : 1 + Math.floor(2 * random())));
    const found = informationOf(a, b);
    expect(found.verdict).toBe('related');
    expect(found.pairs[0]).toMatchObject({ a: 2, b: 0 });
    expect(found.pairs[0].pmiLower).toBeLessThan(found.pairs[0].pmi);
    expect(found.pairs.every(({ z }) => z >= found.zCritical)).toBe(true);
    expect(found.corrected).toBeLessThan(found.mi);
    expect(found.effectivePixels).toBeLessThan(PIXELS);
  });

  it('does not take unrelated smooth maps for related, nor offer pairs', () => {
    const [a, b] = smoothLabelPair(SHAPE, 3, 4, 0, createRandom(4));
    const found = informationOf(a, b);
    expect(found.mi).toBeGreaterThan(0.015);
    expect(found.verdict).toBe('not shown');
    expect(found.pairs).toEqual([]);
  });

  it('never offers absence as a candidate', () => {
    const [a] = smoothLabelPair(SHAPE, 2, 3, 0, createRandom(1));
    const minus = a.map((label) => label - 1);
    const found = informationOf(minus, minus);
    expect(found.rows).toEqual([-1, 0, 1]);
    expect(found.pairs.map((pair) => [pair.a, pair.b])).toEqual(
      expect.arrayContaining([
        [0, 0],
        [1, 1],
      ]),
    );
    expect(found.pairs).toHaveLength(2);
  });

  it('says when there are too few independent areas or a single class', () => {
    const halves = Int16Array.from({ length: PIXELS }, (_, i) => (i % 64 < 32 ? 0 : 1));
    const few = informationOf(halves, halves);
    expect(few.verdict).toBe('too few independent areas');
    expect(few).not.toHaveProperty('pValue');
    expect(informationOf(halves, new Int16Array(PIXELS)).verdict).toBe('one class');
  });

  it('says when the relation comes of thickness', () => {
    const random = createRandom(11);
    const thickness = Float32Array.from({ length: PIXELS }, (_, i) => {
      const [y, x] = [Math.floor(i / SHAPE[1]), i % SHAPE[1]];
      return 1 + Math.sin(0.9 * x) * Math.cos(0.8 * y) + 0.3 * Math.sin(0.37 * x + 0.5 * y);
    });
    const sorted = thickness.slice().sort();
    const thick = Int16Array.from(thickness, (value) => Math.floor((3 * sorted.indexOf(value)) / PIXELS));
    const noisy = () => thick.map((label) => (random() < 0.3 ? Math.floor(3 * random()) : label));
    const [a, b] = [noisy(), noisy()];
    const found = informationOf(a, b, { thickness });
    expect(found.verdict).toBe('explained by thickness');
    expect(found.conditional?.unconditional).toBeGreaterThan(0.1);
    expect(informationOf(a, b).verdict).toBe('related');
  });

  it('asks for more before the scan is over', () => {
    const [a, b] = smoothLabelPair(SHAPE, 2, 4, 0.14, createRandom(9));
    const final = informationOf(a, b, { pairs: 1 });
    expect(final.pValue).toBeGreaterThan(0.001);
    expect(final.pValue).toBeLessThan(0.05);
    expect(final.verdict).toBe('related');
    expect(informationOf(a, b, { pairs: 1, final: false }).verdict).toBe('not shown');
  });
});
