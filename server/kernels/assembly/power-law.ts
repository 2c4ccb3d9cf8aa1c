import { exponential } from './exponential';

/**
 * Twin of `powerLaws`: A·s·e^(−r·x) for some A and r, two channels side by side.
 * @param x f64, 2 × pairs of channels
 * @param shape f64, s, as many
 * @param first pair of channels that is needed
 * @param scales f64, rows × 2: A and r
 * @param laws f64, rows × 2 × pairs, written
 */
export function powerLaws(
  x: usize,
  shape: usize,
  first: i32,
  pairs: i32,
  scales: usize,
  rows: i32,
  laws: usize,
): void {
  const end = (<usize>pairs) << 4;
  for (let row = 0; row < rows; row++) {
    const scale = v128.load64_splat(scales + ((<usize>row) << 4));
    const negative = f64x2.neg(v128.load64_splat(scales + ((<usize>row) << 4), 8));
    const law = laws + <usize>row * end;
    for (let at = (<usize>first) << 4; at < end; at += 16) {
      const value = exponential(f64x2.mul(v128.load(x + at), negative));
      v128.store(law + at, f64x2.mul(f64x2.mul(scale, v128.load(shape + at)), value));
    }
  }
}

/**
 * Twin of `netRows`: net counts, summed over the signal window, and in groups of channels over a divisor; two spectra
 * side by side.
 * @param samples f32, rows × width
 * @param laws f64, rows × stride
 * @param from channel that the signal window starts at; it ends with the spectrum
 * @param group channels that make a feature
 * @param divisors f64 per row
 * @param net f32, rows × features, written
 * @param intensities f64 per row, written
 */
export function netRows(
  samples: usize,
  rows: i32,
  width: i32,
  laws: usize,
  stride: i32,
  from: i32,
  group: i32,
  features: i32,
  divisors: usize,
  net: usize,
  intensities: usize,
): void {
  const left = width - from - group * features;
  for (let row = 0; row < rows; row += 2) {
    const other = min(row + 1, rows - 1);
    let sample = samples + ((<usize>(row * width + from)) << 2);
    let law = laws + ((<usize>(row * stride + from)) << 3);
    const nextSample = (<usize>((other - row) * width)) << 2;
    const nextLaw = (<usize>((other - row) * stride)) << 3;
    let to = net + ((<usize>(row * features)) << 2);
    const nextTo = (<usize>((other - row) * features)) << 2;
    const divisor = v128.load64_lane(
      divisors + ((<usize>other) << 3),
      v128.load64_zero(divisors + ((<usize>row) << 3)),
      1,
    );
    let sum = f64x2.splat(0);
    for (let feature = 0; feature < features; feature++) {
      let value = f32x4.splat(0);
      for (let n = 0; n < group; n++) {
        const above = difference(sample, nextSample, law, nextLaw);
        sum = f64x2.add(sum, above);
        value = f32x4.demote_f64x2_zero(f64x2.add(f64x2.promote_low_f32x4(value), f64x2.div(above, divisor)));
        sample += 4;
        law += 8;
      }
      v128.store32_lane(to + nextTo, value, 1);
      v128.store32_lane(to, value, 0);
      to += 4;
    }
    for (let n = 0; n < left; n++) {
      sum = f64x2.add(sum, difference(sample, nextSample, law, nextLaw));
      sample += 4;
      law += 8;
    }
    v128.store64_lane(intensities + ((<usize>other) << 3), sum, 1);
    v128.store64_lane(intensities + ((<usize>row) << 3), sum, 0);
  }
}

function difference(sample: usize, nextSample: usize, law: usize, nextLaw: usize): v128 {
  const y = f64x2.promote_low_f32x4(v128.load32_lane(sample + nextSample, v128.load32_zero(sample), 1));
  return f64x2.sub(y, v128.load64_lane(law + nextLaw, v128.load64_zero(law), 1));
}
