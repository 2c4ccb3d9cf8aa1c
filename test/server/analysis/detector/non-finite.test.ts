import fc from 'fast-check';
import { expect, it } from 'vitest';
import { interpolateNonFinite } from '../../../../server/analysis/detector/non-finite.ts';

const { NaN: NAN, POSITIVE_INFINITY: INF, NEGATIVE_INFINITY: MINUS } = Number;

it('puts the mean of the nearest numbers in place of what is none', () => {
  const spectra = Float32Array.from([9, 1, NAN, 3, 4, 5, 6, 7, INF, 2, MINUS, NAN, INF, 4, 4, 4, 4]);
  expect(interpolateNonFinite(spectra, 1, 2, 8)).toEqual([0]);
  expect([...spectra.subarray(0, 9)]).toEqual([9, 1, 2, 3, 4, 5, 6, 7, 7]);
  // Three of eight: of this one nothing is left to tell from.
  expect([...spectra.subarray(9)]).toEqual([2, MINUS, NAN, INF, 4, 4, 4, 4]);
});

it('leaves no sample that is none where it says so, and changes no other', () => {
  const sample = fc.oneof(
    { weight: 12, arbitrary: fc.float({ noNaN: true, noDefaultInfinity: true }) },
    { weight: 1, arbitrary: fc.constantFrom(NAN, INF, MINUS) },
  );
  fc.assert(
    fc.property(
      fc
        .integer({ min: 1, max: 30 })
        .chain((width) =>
          fc.tuple(fc.constant(width), fc.array(sample, { minLength: 3 * width, maxLength: 3 * width })),
        ),
      ([width, samples]) => {
        const before = Float32Array.from(samples);
        const after = before.slice();
        const corrected = interpolateNonFinite(after, 0, 3, width);
        for (let row = 0; row < 3; row++) {
          const [was, is] = [before, after].map((each) => each.subarray(row * width, (row + 1) * width));
          const wrong = was.filter((value) => !Number.isFinite(value)).length;
          expect(corrected.includes(row)).toBe(wrong > 0 && wrong <= width / 4);
          for (let i = 0; i < width; i++) {
            if (Number.isFinite(was[i]) || !corrected.includes(row))
              expect(Object.is(is[i], was[i])).toBe(true);
            else expect(is[i]).not.toBeNaN();
          }
        }
      },
    ),
  );
});
