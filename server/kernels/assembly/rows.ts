/**
 * Twin of `rowTotals`: sum, minimum (with zero) and maximum (with zero) of each spectrum.
 * @param samples f32, rows × width
 * @param totals f64 per row, written
 * @param least f32 per row, written
 * @param most f32 per row, written
 */
export function rowTotals(
  samples: usize,
  rows: i32,
  width: i32,
  totals: usize,
  least: usize,
  most: usize,
): void {
  const whole = width & ~3;
  for (let row = 0; row < rows; row++) {
    const from = samples + ((<usize>(row * width)) << 2);
    const end = from + ((<usize>whole) << 2);
    let low = f64x2.splat(0);
    let high = f64x2.splat(0);
    let smallest = f32x4.splat(0);
    let largest = f32x4.splat(0);
    for (let at = from; at < end; at += 16) {
      const four = v128.load(at);
      low = plus(low, four);
      high = plus(high, upper(four));
      smallest = f32x4.pmin(smallest, four);
      largest = f32x4.pmax(largest, four);
    }
    const sums = f64x2.add(low, high);
    let total = f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
    for (let at = end; at < from + ((<usize>width) << 2); at += 4) {
      const one = v128.load32_splat(at);
      total += <f64>f32x4.extract_lane(one, 0);
      smallest = f32x4.pmin(smallest, one);
      largest = f32x4.pmax(largest, one);
    }
    store<f64>(totals + ((<usize>row) << 3), total);
    smallest = f32x4.min(smallest, v128.shuffle<f32>(smallest, smallest, 2, 3, 0, 1));
    largest = f32x4.max(largest, v128.shuffle<f32>(largest, largest, 2, 3, 0, 1));
    const place = (<usize>row) << 2;
    store<f32>(least + place, min(f32x4.extract_lane(smallest, 0), f32x4.extract_lane(smallest, 1)));
    store<f32>(most + place, max(f32x4.extract_lane(largest, 0), f32x4.extract_lane(largest, 1)));
  }
}

/**
 * Twin of `addRows`: adds spectra to the sums of their channels, one after the other.
 * @param samples f32, rows × width, three more behind the last
 * @param sums f64 per channel, up to a multiple of four
 */
export function addRows(samples: usize, rows: i32, width: i32, sums: usize): void {
  const stride = (<usize>width) << 2;
  let row = samples;
  let left = rows;
  for (; left >= 4; left -= 4, row += 4 * stride)
    for (let i: usize = 0; i < stride; i += 16) {
      const at = sums + 2 * i;
      const a = v128.load(row + i);
      const b = v128.load(row + stride + i);
      const c = v128.load(row + 2 * stride + i);
      const d = v128.load(row + 3 * stride + i);
      v128.store(at, plus(plus(plus(plus(v128.load(at), a), b), c), d));
      v128.store(at, plus(plus(plus(plus(v128.load(at, 16), upper(a)), upper(b)), upper(c)), upper(d)), 16);
    }
  for (; left > 0; left--, row += stride)
    for (let i: usize = 0; i < stride; i += 16) {
      const at = sums + 2 * i;
      const a = v128.load(row + i);
      v128.store(at, plus(v128.load(at), a));
      v128.store(at, plus(v128.load(at, 16), upper(a)), 16);
    }
}

function plus(sum: v128, lower: v128): v128 {
  return f64x2.add(sum, f64x2.promote_low_f32x4(lower));
}

function upper(four: v128): v128 {
  return v128.shuffle<f32>(four, four, 2, 3, 0, 1);
}

/**
 * Twin of `rowMoments`: Σ y·w0, Σ y·w1 and Σ y·w2 of spectra over their first channels, two spectra side by side.
 * @param samples f32, rows × width
 * @param weights f64, channels × 3
 * @param moments f64, rows × 3, written
 */
export function rowMoments(
  samples: usize,
  rows: i32,
  width: i32,
  weights: usize,
  channels: i32,
  moments: usize,
): void {
  for (let row = 0; row < rows; row += 2) {
    const other = min(row + 1, rows - 1);
    const from = samples + ((<usize>(row * width)) << 2);
    const beside = samples + ((<usize>(other * width)) << 2);
    let m0 = f64x2.splat(0);
    let m1 = f64x2.splat(0);
    let m2 = f64x2.splat(0);
    let weight = weights;
    for (let i: usize = 0; i < (<usize>channels) << 2; i += 4) {
      const y = f64x2.promote_low_f32x4(v128.load32_lane(beside + i, v128.load32_zero(from + i), 1));
      m0 = f64x2.add(m0, f64x2.mul(y, v128.load64_splat(weight)));
      m1 = f64x2.add(m1, f64x2.mul(y, v128.load64_splat(weight, 8)));
      m2 = f64x2.add(m2, f64x2.mul(y, v128.load64_splat(weight, 16)));
      weight += 24;
    }
    const to = moments + <usize>row * 24;
    const next = moments + <usize>other * 24;
    v128.store64_lane(next, m0, 1);
    v128.store64_lane(next, m1, 1, 8);
    v128.store64_lane(next, m2, 1, 16);
    v128.store64_lane(to, m0, 0);
    v128.store64_lane(to, m1, 0, 8);
    v128.store64_lane(to, m2, 0, 16);
  }
}
