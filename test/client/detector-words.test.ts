import { expect, it } from 'vitest';
import { detectorWords, driftWords, zeroLossWords } from '../../client/model/words/detector-words.ts';
import type { SumSpectrum } from '../../protocol/index.ts';

const sum = (part: Partial<SumSpectrum>): SumSpectrum => ({
  type: 'sum-spectrum',
  epoch: 1,
  spectra: 1,
  energy: { offset: 60, dispersion: 0.6, units: 'eV' },
  counts: [],
  ...part,
});

it('says what is left out', () => {
  expect(detectorWords(sum({ faults: { dead: [437], hot: [], spikes: 9, saturated: 0 } }))).toBe(
    '1 dead channel masked (322.2 eV) · 9 spikes',
  );
  expect(detectorWords(sum({ faults: { dead: [], hot: [1, 2, 3, 4], spikes: 1, saturated: 2 } }))).toBe(
    '4 hot channels masked · 1 spike · 2 saturated',
  );
  expect(detectorWords(sum({ faults: { dead: [], hot: [], spikes: 0, saturated: 0 } }))).toBe('');
  expect(detectorWords(sum({}))).toBe('');
});

it('tells the drift of the energy axis', () => {
  expect(driftWords(sum({ drift: { by: 'zero-loss peak', mean: 0, least: -0.263, most: 0.24 } }))).toBe(
    'drift −0.26 … 0.24 eV',
  );
  expect(driftWords(sum({}))).toBe('');
});

it('tells where the zero-loss peak lies', () => {
  expect(zeroLossWords(sum({ zeroLoss: { position: -3.31, own: true, mends: false } }))).toBe(
    'zero-loss peak at −3.3 eV',
  );
  expect(zeroLossWords(sum({}))).toBe('');
});
