import { describe, expect, it } from 'vitest';
import { resample } from '../../../../server/analysis/alignment/resample.ts';
import { normals } from '../../../support/synthetic-cube.ts';

const gauss = (centre: number) =>
  Float32Array.from({ length: 80 }, (_, i) => 1000 * Math.exp(-0.5 * ((i - centre) / 1.4) ** 2));
const moved = (input: Float32Array, by: number) => {
  const out = new Float32Array(input.length);
  resample(input, 0, input.length, by, out, 0, input.length);
  return out;
};
const total = (values: Float32Array) => values.reduce((sum, value) => sum + value, 0);
const centroid = (values: Float32Array) =>
  values.reduce((sum, value, i) => sum + i * value, 0) / total(values);

describe('resampling a spectrum', () => {
  it.each([0.1, 0.25, 0.5, 0.9, -0.3, -2.7, 4, 6.4])(
    'by %d channels moves a peak and keeps its counts',
    (by) => {
      const peak = gauss(40);
      const out = moved(peak, by);
      expect(total(out) / total(peak)).toBeCloseTo(1, 6);
      expect(centroid(out)).toBeCloseTo(40 - by, 4);
      const width = (values: Float32Array) =>
        values.reduce((sum, value, i) => sum + value * (i - centroid(values)) ** 2, 0) / total(values);
      expect(width(out) / width(peak)).toBeCloseTo(1, 4);
    },
  );

  it('leaves whole steps as they are, and repeats the last sample at the ends', () => {
    const ramp = Float32Array.from({ length: 6 }, (_, i) => i);
    expect([...moved(ramp, 2)]).toEqual([2, 3, 4, 5, 5, 5]);
    expect([...moved(ramp, -1)]).toEqual([0, 0, 1, 2, 3, 4]);
  });

  it('does to the noise what it says', () => {
    const normal = normals(3);
    const noise = Float32Array.from({ length: 200_000 }, normal);
    const out = moved(noise, 0.5);
    const moment = (lag: number) =>
      out.reduce((sum, value, i) => sum + value * (out[i + lag] ?? 0), 0) / out.length;
    expect(moment(0)).toBeCloseTo(0.64, 1);
    expect(moment(1) / moment(0)).toBeCloseTo(0.38, 1);
    let bands = 0;
    for (let i = 0; i < out.length; i += 100) bands += total(out.subarray(i, i + 100)) ** 2 / out.length;
    expect(bands).toBeGreaterThan(0.9);
  });
});
