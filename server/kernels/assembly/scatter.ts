/**
 * Twin of the outer products of `CovarianceAccumulator`: every element takes the rows one after the other.
 * @param rows f64, count × stride, centred; stride even, zeros past the dimension
 * @param scatter f64, dimension × stride: Σ weight · row · rowᵀ is added from the diagonal on, whole pairs of columns
 */
export function addOuter(
  rows: usize,
  count: i32,
  dimension: i32,
  stride: i32,
  weight: f64,
  scatter: usize,
): void {
  const bytes = (<usize>stride) << 3;
  let r = 0;
  for (; r + 4 <= count; r += 4) {
    const a = rows + <usize>r * bytes;
    const b = a + bytes;
    const c = b + bytes;
    const d = c + bytes;
    for (let i = 0; i < dimension; i++) {
      const column = (<usize>i) << 3;
      const wa = f64x2.splat(load<f64>(a + column) * weight);
      const wb = f64x2.splat(load<f64>(b + column) * weight);
      const wc = f64x2.splat(load<f64>(c + column) * weight);
      const wd = f64x2.splat(load<f64>(d + column) * weight);
      const line = scatter + <usize>i * bytes;
      for (let j = column & ~15; j < bytes; j += 16) {
        let sum = v128.load(line + j);
        sum = f64x2.add(sum, f64x2.mul(wa, v128.load(a + j)));
        sum = f64x2.add(sum, f64x2.mul(wb, v128.load(b + j)));
        sum = f64x2.add(sum, f64x2.mul(wc, v128.load(c + j)));
        sum = f64x2.add(sum, f64x2.mul(wd, v128.load(d + j)));
        v128.store(line + j, sum);
      }
    }
  }
  for (; r < count; r++) {
    const a = rows + <usize>r * bytes;
    for (let i = 0; i < dimension; i++) {
      const column = (<usize>i) << 3;
      const wa = f64x2.splat(load<f64>(a + column) * weight);
      const line = scatter + <usize>i * bytes;
      for (let j = column & ~15; j < bytes; j += 16)
        v128.store(line + j, f64x2.add(v128.load(line + j), f64x2.mul(wa, v128.load(a + j))));
    }
  }
}
