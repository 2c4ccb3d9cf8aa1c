import { expect, it } from 'vitest';
import { resample } from '../../../../server/analysis/alignment/resample.ts';
import { shiftDirections } from '../../../../server/analysis/alignment/shift-directions.ts';
import { RandomStream } from '../../../../server/microscope/random.ts';

/** What of `values` some directions do not explain, as a share of its length. */
function unexplained(values: Float64Array, directions: readonly Float64Array[]): number {
  const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, x, i) => sum + x * b[i], 0);
  const minus = (a: Float64Array, unit: Float64Array) => {
    const along = dot(a, unit);
    return a.map((x, i) => x - along * unit[i]);
  };
  const units: Float64Array[] = [];
  for (const direction of directions) {
    const rest = units.reduce(minus, direction);
    const length = Math.sqrt(dot(rest, rest));
    if (length > 1e-9) units.push(rest.map((x) => x / length));
  }
  const rest = units.reduce(minus, values);
  return Math.sqrt(dot(rest, rest) / dot(values, values));
}

const peak = (shift: number) =>
  Float64Array.from({ length: 80 }, (_, i) => 1000 * Math.exp(-0.5 * ((i - 40 - shift) / 5) ** 2));

it.each([
  [0.1, 0.07],
  [1, 0.07],
])('explain what a shift of %d channels changes in an edge', (shift, most) => {
  const change = peak(shift).map((x, i) => x - peak(0)[i]);
  expect(unexplained(change, shiftDirections(peak(0), { moved: false, spread: shift }))).toBeLessThan(most);
});

it('explain what moving spectra makes of gains that stay in their channels', () => {
  const random = new RandomStream(3, 1, 1);
  const gains = Float64Array.from({ length: 80 }, () => 100 * random.normal());
  const recorded = Float32Array.from(gains, (gain, i) => gain + peak(0)[i]);
  const moved = new Float64Array(80);
  resample(recorded, 0, 80, 0.4, moved, 0, 80);
  const change = moved
    .map((x, i) => x - recorded[i])
    .fill(0, 0, 6)
    .fill(0, 74);
  const found = (moves: boolean) =>
    unexplained(change, shiftDirections(Float64Array.from(recorded), { moved: moves, spread: 0.4 }));
  expect(found(false)).toBeGreaterThan(0.5);
  expect(found(true)).toBeLessThan(0.4);
});
