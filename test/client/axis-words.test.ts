import { describe, expect, it } from 'vitest';
import { axisWords } from '../../client/model/words/axis-words.ts';
import { type Calibration, energyOption } from '../../protocol/index.ts';

const CALIBRATION: Calibration = {
  type: 'calibration',
  epoch: 1,
  spectra: 42,
  filed: { offset: 440, dispersion: 0.3, units: 'eV' },
  verdict: 'proposed',
  proposed: { offset: 448.1349, dispersion: 0.30823149, sigma: 1.2 },
  evidence: [
    { edge: 'O-K', asked: true, feature: 'peak', expected: [528.5, 533], found: 518.22, sigma: 0.1, snr: 55 },
  ],
  gain: 24,
  lead: 6,
};

describe('words about the energy axis', () => {
  it('give the option as one would type it, the dispersion to six digits', () => {
    expect(energyOption(CALIBRATION.proposed ?? CALIBRATION.filed)).toBe('--energy 448.13,0.308231');
    expect(energyOption({ offset: -60, dispersion: 0.5 })).toBe('--energy=-60,0.5');
  });

  it('say at the foot of the page that the axis is off, and why', () => {
    const words = axisWords(CALIBRATION, CALIBRATION.filed);
    expect(words?.text).toBe('axis off: --energy 448.13,0.308231');
    expect(words?.title).toContain('O-K: peak at 518.2 eV, expected at 528.5–533 eV');
    expect(words?.title).toContain('±1.2 eV');
  });

  it('are silent where the axis fits or nothing is known, and not where it is doubtful', () => {
    const { proposed: _, ...other } = CALIBRATION;
    expect(axisWords({ ...other, verdict: 'as filed', gain: -2 }, other.filed)).toBeUndefined();
    expect(axisWords({ ...other, verdict: 'unknown', gain: 0 }, other.filed)).toBeUndefined();
    expect(axisWords({ ...other, verdict: 'unknown', gain: 5 }, other.filed)?.text).toBe('axis doubtful');
  });

  it('name the axis that is applied', () => {
    const applied = { offset: 448.13, dispersion: 0.308231, units: 'eV' as const };
    const words = axisWords(CALIBRATION, applied);
    expect(words?.text).toBe('axis: --energy 448.13,0.308231');
    expect(words?.title).toContain('--energy 440,0.3');
  });
});
