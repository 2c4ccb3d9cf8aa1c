/** Random repelling points per attraction (negative samples). */
const REPULSIONS = 5;
/** As in server/analysis/embedding/umap-layout.ts: the index into a table is the upper bits of the squared distance. */
const ENTRY_BITS = 17;

/**
 * Twin of `layOutOne` in server/analysis/embedding/umap-layout.ts for four embeddings at once: they draw the same
 * weights at the same time, and each repels points of its own.
 * @param rows u32, n + 1
 * @param columns u32, one per weight
 * @param interval f32, epochs from one draw of a weight to the next
 * @param next f32, the epoch of each weight's next draw; changed
 * @param positions f32, n × 4 × 2; changed
 * @param random i32 × 4, one state per embedding
 * @param pull f32, `entries` of them
 * @param push f32, as many
 * @param longest step at a rate of one
 */
export function layOut(
  rows: usize,
  columns: usize,
  interval: usize,
  next: usize,
  positions: usize,
  random: usize,
  pull: usize,
  push: usize,
  firstEntry: i32,
  entries: i32,
  n: i32,
  epochs: i32,
  learningRate: f64,
  longest: f32,
): void {
  const first = i32x4.splat(firstEntry);
  const last = i32x4.splat(entries - 1);
  const perDraw = f32x4.splat(<f32>n / 8388608);
  let state = v128.load(random);
  for (let epoch = 1; epoch < epochs; epoch++) {
    const now = <f32>epoch;
    const pace = <f32>(learningRate * (1 - <f64>(epoch - 1) / <f64>epochs));
    const rate = f32x4.splat(pace);
    const most = f32x4.splat(longest * pace);
    const least = f32x4.neg(most);
    for (let i = 0; i < n; i++) {
      const own = positions + ((<usize>i) << 5);
      let x = xs(v128.load(own), v128.load(own, 16));
      let y = ys(v128.load(own), v128.load(own, 16));
      const row = rows + ((<usize>i) << 2);
      const end = (<usize>load<u32>(row, 4)) << 2;
      for (let edge = (<usize>load<u32>(row)) << 2; edge < end; edge += 4) {
        const due = load<f32>(next + edge);
        if (due > now) continue;
        store<f32>(next + edge, due + load<f32>(interval + edge));
        const other = positions + ((<usize>load<u32>(columns + edge)) << 5);
        const theirX = xs(v128.load(other), v128.load(other, 16));
        const theirY = ys(v128.load(other), v128.load(other, 16));
        let dx = f32x4.sub(x, theirX);
        let dy = f32x4.sub(y, theirY);
        let force = f32x4.mul(rate, lookUp(pull, dx, dy, first, last));
        dx = f32x4.pmin(f32x4.pmax(f32x4.mul(force, dx), least), most);
        dy = f32x4.pmin(f32x4.pmax(f32x4.mul(force, dy), least), most);
        keep(other, f32x4.sub(theirX, dx), f32x4.sub(theirY, dy));
        x = f32x4.add(x, dx);
        y = f32x4.add(y, dy);
        for (let draw = 0; draw < REPULSIONS; draw++) {
          state = v128.xor(state, i32x4.shl(state, 13));
          state = v128.xor(state, i32x4.shr_u(state, 17));
          state = v128.xor(state, i32x4.shl(state, 5));
          const drawn = f32x4.mul(f32x4.convert_i32x4_s(i32x4.shr_u(state, 9)), perDraw);
          const at = i32x4.shl(i32x4.trunc_sat_f32x4_s(drawn), 5);
          let low = v128.load64_zero(positions + <usize>i32x4.extract_lane(at, 0));
          low = v128.load64_lane(positions + <usize>i32x4.extract_lane(at, 1), low, 1, 8);
          let high = v128.load64_zero(positions + <usize>i32x4.extract_lane(at, 2), 16);
          high = v128.load64_lane(positions + <usize>i32x4.extract_lane(at, 3), high, 1, 24);
          dx = f32x4.sub(x, xs(low, high));
          dy = f32x4.sub(y, ys(low, high));
          force = f32x4.mul(rate, lookUp(push, dx, dy, first, last));
          x = f32x4.add(x, f32x4.pmin(f32x4.pmax(f32x4.mul(force, dx), least), most));
          y = f32x4.add(y, f32x4.pmin(f32x4.pmax(f32x4.mul(force, dy), least), most));
        }
      }
      keep(own, x, y);
    }
  }
}

function xs(low: v128, high: v128): v128 {
  return v128.shuffle<f32>(low, high, 0, 2, 4, 6);
}

function ys(low: v128, high: v128): v128 {
  return v128.shuffle<f32>(low, high, 1, 3, 5, 7);
}

function keep(at: usize, x: v128, y: v128): void {
  v128.store(at, v128.shuffle<f32>(x, y, 0, 4, 1, 5));
  v128.store(at, v128.shuffle<f32>(x, y, 2, 6, 3, 7), 16);
}

/** Force over distance of four embeddings. */
function lookUp(table: usize, dx: v128, dy: v128, first: v128, last: v128): v128 {
  const squared = f32x4.add(f32x4.mul(dx, dx), f32x4.mul(dy, dy));
  const entry = i32x4.sub(i32x4.shr_s(squared, ENTRY_BITS), first);
  const at = i32x4.shl(i32x4.min_s(i32x4.max_s(entry, i32x4.splat(0)), last), 2);
  let force = v128.load32_zero(table + <usize>i32x4.extract_lane(at, 0));
  force = v128.load32_lane(table + <usize>i32x4.extract_lane(at, 1), force, 1);
  force = v128.load32_lane(table + <usize>i32x4.extract_lane(at, 2), force, 2);
  return v128.load32_lane(table + <usize>i32x4.extract_lane(at, 3), force, 3);
}
