import { describe, expect, test } from 'vitest';
import { colourScale } from '../../../../server/exporting/figures/colour-scale.ts';

describe('ticks of a colour bar', () => {
  test('plain numbers stay as they are', () => {
    const { ticks, factor } = colourScale([0, 0.474]);
    expect(factor).toBe('');
    expect(ticks.map(({ text }) => text)).toEqual(['0.0', '0.1', '0.2', '0.3', '0.4']);
    expect(ticks[4].at).toBeCloseTo(0.4 / 0.474, 12);
  });

  test('a power of ten is taken out of long numbers', () => {
    const { ticks, factor } = colourScale([-100_000, 590_000]);
    expect(factor).toBe('10³');
    expect(ticks.map(({ text }) => text)).toEqual(['−100', '0', '100', '200', '300', '400', '500']);
    expect(colourScale([0, 2.5e-5]).factor).toBe('10⁻⁶');
  });

  test('a true minus', () => {
    expect(colourScale([-2, 2]).ticks[0].text).toBe('−2');
  });
});
