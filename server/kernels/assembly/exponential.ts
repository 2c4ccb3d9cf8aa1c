const LN2_HIGH: f64 = 0.6931471803691238;
const LN2_LOW: f64 = 1.9082149292705877e-10;
const LEAST: f64 = -700;

/** Twin of `exponential`: e^x for x ≤ 700, nothing below −700. */
export function exponential(x: v128): v128 {
  const kept = f64x2.ge(x, f64x2.splat(LEAST));
  const within = v128.and(x, kept);
  const power = f64x2.floor(f64x2.add(f64x2.mul(within, f64x2.splat(Math.LOG2E)), f64x2.splat(0.5)));
  const rest = f64x2.sub(
    f64x2.sub(within, f64x2.mul(power, f64x2.splat(LN2_HIGH))),
    f64x2.mul(power, f64x2.splat(LN2_LOW)),
  );
  let series = f64x2.splat(1.0 / 479001600.0);
  series = f64x2.add(f64x2.mul(series, rest), f64x2.splat(1.0 / 39916800.0));
  series = f64x2.add(f64x2.mul(series, rest), f64x2.splat(1.0 / 3628800.0));
  series = f64x2.add(f64x2.mul(series, rest), f64x2.splat(1.0 / 362880.0));
  series = f64x2.add(f64x2.mul(series, rest), f64x2.splat(1.0 / 40320.0));
  series = f64x2.add(f64x2.mul(series, rest), f64x2.splat(1.0 / 5040.0));
  series = f64x2.add(f64x2.mul(series, rest), f64x2.splat(1.0 / 720.0));
  series = f64x2.add(f64x2.mul(series, rest), f64x2.splat(1.0 / 120.0));
  series = f64x2.add(f64x2.mul(series, rest), f64x2.splat(1.0 / 24.0));
  series = f64x2.add(f64x2.mul(series, rest), f64x2.splat(1.0 / 6.0));
  series = f64x2.add(f64x2.mul(series, rest), f64x2.splat(0.5));
  series = f64x2.add(f64x2.mul(series, rest), f64x2.splat(1));
  series = f64x2.add(f64x2.mul(series, rest), f64x2.splat(1));
  const exponent = i64x2.add(
    i64x2.extend_low_i32x4_s(i32x4.trunc_sat_f64x2_s_zero(power)),
    i64x2.splat(1023),
  );
  return v128.and(f64x2.mul(series, i64x2.shl(exponent, 52)), kept);
}
