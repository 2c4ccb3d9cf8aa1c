/** ln 2 in two parts, the first with zeros at its end: multiples of it are exact. */
const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;
const LEAST = -700;
const POWERS_OF_TWO = Float64Array.from({ length: 2048 }, (_, i) => 2 ** (i - 1023));

/**
 * e^x for x ≤ 700, nothing below −700: a power of two and a series (Cody & Waite's reduction). Math.exp is no twin of
 * anything: this one has the bits of server/kernels/assembly/exponential.ts, on every machine.
 */
export function exponential(x: number): number {
  if (!(x >= LEAST)) return 0;
  const power = Math.floor(x * Math.LOG2E + 0.5);
  const rest = x - power * LN2_HIGH - power * LN2_LOW;
  let series = 1 / 479001600;
  series = series * rest + 1 / 39916800;
  series = series * rest + 1 / 3628800;
  series = series * rest + 1 / 362880;
  series = series * rest + 1 / 40320;
  series = series * rest + 1 / 5040;
  series = series * rest + 1 / 720;
  series = series * rest + 1 / 120;
  series = series * rest + 1 / 24;
  series = series * rest + 1 / 6;
  series = series * rest + 0.5;
  series = series * rest + 1;
  series = series * rest + 1;
  return series * POWERS_OF_TWO[power + 1023];
}
