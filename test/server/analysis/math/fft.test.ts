import FFT from 'fft.js';
import { expect, it } from 'vitest';
import { LANES, LaneFft } from '../../../../server/analysis/math/fft.ts';
import { createRandom } from '../../../../server/analysis/math/random.ts';

it.each([4, 8, 64, 128])('transforms %i samples as fft.js does, there and back', (length) => {
  const random = createRandom(length);
  const own = new LaneFft(length, 1);
  const other = new FFT(length);
  const { re, im } = own.samples[0];
  re.forEach((_, i) => {
    const isPadding = i >= (length / 2) * LANES;
    re[i] = isPadding ? 0 : random();
    im[i] = isPadding ? 0 : random();
  });
  const laneOf = (lane: number) =>
    Array.from({ length }, (_, i) => [re[i * LANES + lane], im[i * LANES + lane]]).flat();
  const given = Array.from({ length: LANES }, (_, lane) => laneOf(lane));
  own.forwardPadded(0);
  given.forEach((samples, lane) => {
    const expected: number[] = other.createComplexArray();
    other.transform(expected, samples);
    for (let k = 0; k < length; k++) {
      expect(re[own.place[k] * LANES + lane]).toBeCloseTo(expected[2 * k], 10);
      expect(im[own.place[k] * LANES + lane]).toBeCloseTo(expected[2 * k + 1], 10);
    }
  });
  own.backward(0);
  given.forEach((samples, lane) => {
    laneOf(lane).forEach((value, i) => {
      expect(value / length).toBeCloseTo(samples[i], 10);
    });
  });
});
