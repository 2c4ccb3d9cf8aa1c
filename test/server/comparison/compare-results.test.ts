import { describe, expect, it } from 'vitest';
import { InputError } from '../../../protocol/index.ts';
import { compareResults } from '../../../server/comparison/compare-results.ts';
import { ComparisonState } from '../../../server/comparison/comparison-state.ts';
import { comparisonText } from '../../../server/comparison/comparison-text.ts';
import { smallSide } from '../../support/small-results.ts';

const SHAPE: [number, number] = [2, 5];
/** B has A's classes under other numbers, but for one pixel of another class, one that is absent, and two not measured. */
const A = smallSide('a', SHAPE, [
  { name: 'Si-L', labels: [0, 0, 0, 1, 1, 1, -1, -1, 0, -2] },
  { name: 'C-K', labels: new Array<number>(10).fill(0) },
]);
const B = smallSide(
  'b',
  SHAPE,
  [
    { name: 'Si-L', labels: [1, 1, 0, 0, 0, -1, -1, -1, -2, 2], graded: true, signalWindow: [528, 560] },
    { name: 'O-K', labels: new Array<number>(10).fill(0) },
  ],
  new Array<number>(10).fill(0.5),
);

describe('a comparison', () => {
  const { comparison, differences } = compareResults(A, B);
  const [silicon] = comparison.edges;

  it('leaves out what either has not measured, and counts it', () => {
    expect(silicon.pixels).toEqual({
      compared: 8,
      presentInBoth: 5,
      absentInBoth: 2,
      presentInAOnly: 1,
      presentInBOnly: 0,
      unmeasured: { a: 1, b: 1, both: 0 },
    });
    expect(silicon.table).toEqual({
      rows: [-1, 0, 1],
      columns: [-1, 0, 1],
      counts: [
        [2, 0, 0],
        [0, 1, 2],
        [1, 2, 0],
      ],
    });
  });

  it('matches classes, and shows where they change', () => {
    expect(silicon.correspondence).toMatchObject({
      onlyA: [],
      onlyB: [2],
      share: 0.8,
      shareWithAbsence: 0.75,
    });
    expect(silicon.correspondence.matches.map(({ a, b, pixels }) => [a, b, pixels])).toEqual([
      [0, 1, 2],
      [1, 0, 2],
    ]);
    expect([...(differences.get('Si-L/classes') ?? [])]).toEqual([
      0,
      0,
      1,
      0,
      0,
      0.5,
      0,
      0,
      Number.NaN,
      Number.NaN,
    ]);
    // Mean spectra are multiples of one shape: class 1 has twice the counts of class 0.
    expect(silicon.spectra.map(({ difference }) => difference?.ratio)).toEqual([
      expect.closeTo(2, 5),
      expect.closeTo(0.5, 5),
    ]);
  });

  it('names what only one of them has, and what makes figures differ', () => {
    expect(comparison.onlyA).toEqual({ edges: ['C-K'], maps: [] });
    expect(comparison.onlyB).toEqual({ edges: ['O-K'], maps: ['thickness'] });
    expect(silicon.notes).toEqual([
      'signal windows differ: A 529–559 eV, B 528–560 eV',
      'B: graded, no separate groups; borders of classes are a matter of choice',
    ]);
    const text = comparisonText(comparison);
    expect(text).toContain('only in B: edge O-K, map of thickness');
    expect(text).toContain('left out as not measured: in A only 1, in B only 1, in both 0');
  });

  it('is perfect of an analysis with itself, in every figure', () => {
    const { comparison: same } = compareResults(A, A);
    for (const edge of same.edges) {
      expect(edge.agreement?.ari).toBe(1);
      expect(edge.correspondence.shareWithAbsence).toBe(1);
      for (const { difference } of edge.maps) expect(difference).toMatchObject({ rms: 0, equal: 1 });
      for (const { difference } of edge.spectra)
        expect(difference).toMatchObject({ relativeRms: 0, ratio: 1, shift: { ev: 0 } });
    }
    expect(same.edges[1].agreement?.oneClass).toBe(true);
  });

  it('has the same agreement, and differences of the other sign, the other way round', () => {
    const [back] = compareResults(B, A).comparison.edges;
    for (const part of ['agreement', 'agreementPresent'] as const)
      for (const figure of ['ari', 'ami'] as const)
        expect(back[part]?.[figure]).toBeCloseTo(silicon[part]?.[figure] ?? Number.NaN, 12);
    expect(back.maps[0].difference?.mean).toBe(-(silicon.maps[0].difference?.mean ?? Number.NaN));
  });

  it('is refused for maps of other shapes, naming both', () => {
    const turned = smallSide('c', [5, 2], [{ name: 'Si-L', labels: new Array<number>(10).fill(0) }]);
    expect(() => compareResults(A, turned)).toThrow(
      new InputError('a and c', 'shape', 'expected the same rows × columns, found 2 × 5 and 5 × 2'),
    );
  });
});

describe('the state of a comparison', () => {
  const state = new ComparisonState(compareResults(A, B), A, B);
  const coloursOf = (edge: string) => {
    const topic = state.topics.get(`edge/${edge}`);
    return topic?.type === 'edge' ? topic.classes.map(({ colour }) => colour) : undefined;
  };

  it('gives classes that stand for each other one colour, and others their own', () => {
    expect(coloursOf('Si-L.A')).toEqual([0, 1]);
    expect(coloursOf('Si-L.B')).toEqual([1, 0, 2]);
  });

  it('has a layer for every map, where the comparison says', () => {
    const layer = (id = -1) => state.layers[id].layer;
    const { layers, maps } = state.comparison.edges[0];
    expect(layer(layers?.a)).toMatchObject({ kind: 'labels', edge: 'Si-L.A' });
    expect(layer(layers?.b)).toMatchObject({ kind: 'labels', edge: 'Si-L.B' });
    expect(layer(layers?.difference)).toMatchObject({ kind: 'change' });
    const intensity = maps[0].layers;
    expect(layer(intensity?.difference)).toMatchObject({ kind: 'difference', units: 'net counts' });
    expect([...state.layers[intensity?.difference ?? -1].data].slice(0, 3)).toEqual([100, 100, 0]);
    expect(state.layers.map(({ layer: { id } }) => id)).toEqual(state.layers.map((_, i) => i));
  });

  it('refuses what a comparison has not', async () => {
    await expect(state.spectrum()).rejects.toThrow(InputError);
    await expect(state.command({ type: 'play' })).rejects.toThrow(InputError);
  });
});
