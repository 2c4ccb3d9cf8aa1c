import fc from 'fast-check';
import { expect, it } from 'vitest';
import { MomentTable } from '../../../../server/analysis/math/moment-table.ts';

const LEAST = 0.5;
const MOST = 7;

it('tells the moments that sums over the channels give, and the exponent of a mean', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 40, max: 900, noNaN: true }),
      fc.double({ min: 1.1, max: 1.6, noNaN: true }),
      fc.double({ min: -2, max: 3, noNaN: true }),
      fc.double({ min: LEAST, max: MOST, noNaN: true }),
      (energy, ratio, curvature, exponent) => {
        const channels = 60;
        const logs = Array.from({ length: channels }, (_, i) =>
          Math.log(energy * (1 + ((ratio - 1) * i) / channels)),
        );
        const middle = logs.reduce((a, b) => a + b) / channels;
        const x = Float64Array.from(logs, (value) => value - middle);
        const shape = x.map((value) => Math.exp(curvature * value * value));
        const used = Array.from(x.keys()).filter((i) => i % 7 !== 3);
        const table = new MomentTable(x, shape, used, LEAST, MOST);
        const weights = used.map((i) => shape[i] * Math.exp(-exponent * x[i]));
        const sum = weights.reduce((a, b) => a + b);
        const mean = used.reduce((total, i, n) => total + weights[n] * x[i], 0) / sum;
        const variance = used.reduce((total, i, n) => total + weights[n] * (x[i] - mean) ** 2, 0) / sum;
        expect(Math.abs(table.sum(exponent) / sum - 1)).toBeLessThan(1e-10);
        expect(Math.abs(table.mean(exponent) - mean)).toBeLessThan(1e-10);
        expect(Math.abs(table.variance(exponent) / variance - 1)).toBeLessThan(1e-8);
        expect(table.exponentOf(mean)).toBeCloseTo(exponent, 8);
      },
    ),
  );
});
