import { expect, test } from 'vitest';
import { withSigma } from '../../client/model/words/format.ts';
import {
  areaWords,
  namedBy,
  phaseDetails,
  phaseSentence,
  whyWords,
} from '../../client/model/words/phase-words.ts';
import { examplePhase } from '../support/example-phases.ts';

const SIC = {
  ...examplePhase(2, 'SiC'),
  edges: ['Si-L', 'C-K'],
  fraction: 0.1234,
  fractionSigma: 0.004,
  thickness: 0.451,
  thicknessSigma: 0.012,
  regions: 5,
  medianSizePixels: 17,
  medianSizeNm: 34.2,
  confirmed: 0.93,
  undecided: 0.05,
};

test('a phase has area, size, thickness with their uncertainty, and the edges that confirm it', () => {
  expect(areaWords(SIC)).toBe('12.3\u2009±\u20090.4\u2009%');
  expect(phaseDetails(SIC)).toBe('5 regions of 34.2 nm · t/λ 0.45\u2009±\u20090.01');
  expect(phaseSentence(SIC)).toContain('5\u2009% undecided, 2\u2009% contradicted');
  const { thickness, thicknessSigma, medianSizeNm, ...bare } = { ...SIC, edges: [], regions: 1 };
  expect([thickness, thicknessSigma, medianSizeNm]).toHaveLength(3);
  expect(phaseDetails(bare)).toBe('1 region of 17 pixels');
  expect([namedBy(SIC), namedBy(bare)]).toEqual(['by Si-L, C-K, 93\u2009% confirmed', 'without a name']);
});

test('a pixel is of its phase because of what each edge says', () => {
  const state = (label: number, name?: string) => ({
    label,
    colour: label,
    count: 1,
    centroid: [0, 0] as [number, number],
    ...(name !== undefined && { name }),
  });
  const classes = { 'Si-L': [state(0, 'SiC')], 'C-K': [state(0)], 'O-K': [], 'N-K': [] };
  const labels: Record<string, number> = { 'Si-L': 0, 'C-K': 0, 'O-K': -1, 'N-K': -2 };
  const why = whyWords(
    Object.keys(classes),
    (edge) => labels[edge],
    (edge) => classes[edge as keyof typeof classes],
  );
  expect(why).toBe('Si-L says SiC, C-K does not name class 0, O-K is absent');
});

test('an uncertainty is given to its first figure, and not as nothing', () => {
  expect(withSigma(12.345, 0.04)).toBe('12.35\u2009±\u20090.04');
  expect(withSigma(-3.2, 1.7)).toBe('−3\u2009±\u20092');
  expect(withSigma(0.4281, 0.0002)).toBe('0.428\u2009±\u2009<\u20090.001');
});
