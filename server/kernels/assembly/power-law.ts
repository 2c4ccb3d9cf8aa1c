import { exponential } from './exponential';

/**
 * Twin of `powerMoments`: Σ w, Σ w·x and Σ w·x² under weights w = s·e^(−r·x), two channels side by side.
 * @param x f64, pairs of channels
 * @param shape f64, s; 0 for a channel that only makes the number even
 * @param moments f64 × 3, written
 */
export function powerMoments(x: usize, shape: usize, pairs: i32, exponent: f64, moments: usize): void {
  let sum = f64x2.splat(0);
  let first = f64x2.splat(0);
  let second = f64x2.splat(0);
  const negative = f64x2.splat(-exponent);
  for (let i = 0; i < pairs; i++) {
    const at = (<usize>i) << 4;
    const place = v128.load(x + at);
    const weight = f64x2.mul(v128.load(shape + at), exponential(f64x2.mul(place, negative)));
    const weighted = f64x2.mul(weight, place);
    sum = f64x2.add(sum, weight);
    first = f64x2.add(first, weighted);
    second = f64x2.add(second, f64x2.mul(weighted, place));
  }
  store<f64>(moments, f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1));
  store<f64>(moments, f64x2.extract_lane(first, 0) + f64x2.extract_lane(first, 1), 8);
  store<f64>(moments, f64x2.extract_lane(second, 0) + f64x2.extract_lane(second, 1), 16);
}

/** Twin of `powerLaw`: A·s·e^(−r·x), two channels side by side. */
export function powerLaw(
  x: usize,
  shape: usize,
  pairs: i32,
  amplitude: f64,
  exponent: f64,
  out: usize,
): void {
  const scale = f64x2.splat(amplitude);
  const negative = f64x2.splat(-exponent);
  for (let i = 0; i < pairs; i++) {
    const at = (<usize>i) << 4;
    const value = exponential(f64x2.mul(v128.load(x + at), negative));
    v128.store(out + at, f64x2.mul(f64x2.mul(scale, v128.load(shape + at)), value));
  }
}
