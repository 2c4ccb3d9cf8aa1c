import { exponential } from './exponential';

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
