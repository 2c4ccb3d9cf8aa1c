import { describe, expect, it } from 'vitest';
import { withPlaces } from '../../client/color/class-colours.ts';
import { comparisonFigure } from '../../client/model/comparison/comparison-figure.ts';
import {
  agreementWords,
  comparisonNotes,
  differenceWords,
  sharePercent,
  sideWords,
  signed,
} from '../../client/model/words/comparison-words.ts';
import type { ClassSpectra, Comparison, EdgeState } from '../../protocol/index.ts';

const spectraOf = (offset: number, dispersion: number, means: number[][]): ClassSpectra => ({
  type: 'class-spectra',
  epoch: 1,
  edge: 'Si-L.A',
  revision: 1,
  energy: { offset, dispersion, units: 'eV' },
  spectra: means.map((mean, label) => ({ label, count: 1, mean })),
});

const stateOf = (colours: number[]): EdgeState => ({
  type: 'edge',
  epoch: 1,
  name: 'Si-L.A',
  status: 'final',
  revision: 1,
  present: 1,
  absent: 0,
  components: 1,
  explained: [],
  landmarks: 0,
  gain: 1,
  classes: colours.map((colour, label) => ({ label, colour, count: 1, centroid: [0, 0] })),
  orientation: [1, 0, 0, 0, 1, 0],
});

const shownOf = (colours: number[]) => withPlaces([stateOf(colours)], true)[0];

describe('the figure of two class means', () => {
  it('has B dashed beside A, in the colour of the class that it stands for', () => {
    const figure = comparisonFigure(
      {
        spectra: spectraOf(100, 1, [
          [1, 2, 3],
          [4, 5, 6],
        ]),
        state: shownOf([0, 1]),
      },
      { spectra: spectraOf(100, 1, [[7, 8, 9]]), state: shownOf([1]) },
    );
    const [, second, other] = figure?.lines ?? [];
    expect(figure?.energies).toEqual([100, 101, 102]);
    expect(other).toMatchObject({
      name: 'B class 0',
      dashed: true,
      values: [7, 8, 9],
      colour: second.colour,
    });
    expect(second.dashed).toBeUndefined();
  });

  it('takes B to the axis and the channel width of A', () => {
    const figure = comparisonFigure(
      { spectra: spectraOf(100, 1, [[0, 0, 0, 0]]), state: undefined },
      // 10 counts per half an eV, rising by 10 from 101 eV on.
      { spectra: spectraOf(100.5, 0.5, [[10, 10, 20, 30, 40]]), state: undefined },
    );
    expect(figure?.lines[1].values).toEqual([null, 20, 60, null]);
  });

  it('is there with one side alone, and not without any', () => {
    const side = { spectra: spectraOf(100, 1, [[1, 2]]), state: undefined };
    expect(comparisonFigure(undefined, side)?.lines[0]).toMatchObject({ name: 'B class 0', dashed: true });
    expect(comparisonFigure(undefined, undefined)).toBeUndefined();
  });
});

describe('the words of a comparison', () => {
  it('give signs, shares and agreement', () => {
    expect([signed(12.3), signed(-0.004, 2), signed(-2300), signed(0)]).toEqual([
      '+12.3',
      '0.00',
      '−2\u2009300',
      '0',
    ]);
    expect([sharePercent(0.5), sharePercent(undefined)]).toEqual(['50.0\u2009%', '–']);
    expect(agreementWords({ ari: -0.01, ami: 0.5, oneClass: false })).toBe('ARI −0.010 · AMI 0.500');
    expect(agreementWords({ ari: 1, ami: 1, oneClass: true })).toMatch(/no agreement can be told/);
    expect(agreementWords(undefined)).toMatch(/no pixel/);
  });

  it('tell the difference of two maps, and that there is none', () => {
    const difference = {
      pixels: 10,
      onlyA: 1,
      onlyB: 2,
      mean: -3,
      rms: 4,
      relativeRms: 0.1,
      largest: { difference: 9, pixel: 7 },
      correlation: 0.98765,
      equal: 0,
      beyondNoise: 0.25,
    };
    expect(differenceWords(difference, 5)).toBe(
      'mean −3 · RMS 4, 10.0\u2009% · largest +9 at (1, 2) · r 0.988 · beyond 3\u2009σ 25.0\u2009% · measured in one alone: 3',
    );
    expect(differenceWords({ ...difference, equal: 1 }, 5)).toBe('equal in all 10 pixels');
  });

  it('name sides and what only one of them has', () => {
    const scan = { name: 'anode', shape: [2, 2] as [number, number] };
    const side = {
      path: '/data/sessions/one/',
      kind: 'session' as const,
      how: 'as recorded',
      scan,
      version: '1',
    };
    expect(sideWords(side)).toBe('session sessions/one, as recorded');
    const comparison: Comparison = {
      a: side,
      b: side,
      notes: ['a note'],
      edges: [],
      maps: [],
      onlyA: { edges: ['C-K'], maps: ['thickness'] },
      onlyB: { edges: [], maps: [] },
    };
    expect(comparisonNotes(comparison)).toEqual(['a note', 'only in A: C-K, map of thickness']);
  });
});
