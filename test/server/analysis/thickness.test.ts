import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { channelOf } from '../../../protocol/index.ts';
import { findZeroLoss, logRatioThickness } from '../../../server/analysis/thickness.ts';
import { parseMsa } from '../../../server/formats/msa.ts';
import { describeMeasured, measuredData } from '../../support/measured-data.ts';
import { oracle } from '../../support/oracle.ts';

const FILE = 'silicon-and-carbon-edges/FeCr_low-loss__Si-plasmon+Si-L23.msa';

describeMeasured('thickness of the measured silicon low loss', [FILE], () => {
  const { endEv, cases } = oracle<{ endEv: number; cases: { threshold: number; thickness: number }[] }>(
    'thickness',
  );
  const load = () => {
    const { energy, values } = parseMsa(readFileSync(measuredData(FILE) as string, 'latin1'), FILE);
    return { energy, spectrum: Float32Array.from(values.slice(0, Math.round(channelOf(energy, endEv)))) };
  };

  it('equals HyperSpy for the same threshold', () => {
    const { energy, spectrum } = load();
    const peak = spectrum.indexOf(Math.max(...spectrum));
    for (const { threshold, thickness } of cases) {
      const reach = Math.round(channelOf(energy, threshold)) - peak;
      expect(logRatioThickness(spectrum, { peak, reach }, energy)).toBeCloseTo(thickness, 5);
    }
  });

  it('finds the zero-loss peak and its end by itself', () => {
    const { energy, spectrum } = load();
    const zeroLoss = findZeroLoss(Float64Array.from(spectrum), energy);
    if (!zeroLoss) throw new Error('no zero-loss peak');
    expect(Math.abs(energy.offset + energy.dispersion * zeroLoss.peak)).toBeLessThan(0.5);
    const t = logRatioThickness(spectrum, zeroLoss, energy);
    expect(t).toBeGreaterThan(0.36);
    expect(t).toBeLessThan(0.45);
  });
});

it('has no zero loss on an axis without 0 eV', () => {
  const spectrum = Float64Array.from({ length: 100 }, (_, i) => 100 - i);
  expect(findZeroLoss(spectrum, { offset: 60, dispersion: 0.6, units: 'eV' })).toBeUndefined();
});
