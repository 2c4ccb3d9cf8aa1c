/** More than float32 loses in a sum of three samples, as a share of their sizes. */
const LOST: f32 = 4.76837158203125e-7;
/** More than it loses near zero. */
const LEAST: f32 = 1.2e-38;

/**
 * Picks samples of some spectra that may stand out by more than their channel's limit, and hardly any others: `standsOut`
 * decides on them. Four channels at once.
 * @param samples f32, rows × width, seven more behind the last
 * @param thresholds f32 per channel: a little less than the limit's square; −∞ where every sample is to be picked
 * @param found i32, written: row · width + channel, ascending; the two channels at either end are not looked at
 * @returns how many
 */
export function screen(samples: usize, rows: i32, width: i32, thresholds: usize, found: usize): i32 {
  let count = 0;
  for (let row = 0; row < rows; row++) {
    const first = row * width;
    const end = first + width - 2;
    let limits = thresholds + 8;
    for (let i = first + 2; i < end; i += 4, limits += 16) {
      const at = samples + ((<usize>i) << 2);
      const below = v128.load(at - 8);
      const own = v128.load(at);
      const above = v128.load(at + 8);
      const threshold = v128.load(limits);
      const around = f32x4.mul(f32x4.add(below, above), f32x4.splat(0.5));
      const sizes = f32x4.add(f32x4.abs(around), f32x4.abs(own));
      const lost = f32x4.add(f32x4.mul(sizes, f32x4.splat(LOST)), f32x4.splat(LEAST));
      const height = f32x4.add(f32x4.sub(own, around), lost);
      const counts = f32x4.pmax(f32x4.sub(around, lost), f32x4.splat(0));
      const variance = f32x4.add(f32x4.mul(counts, f32x4.splat(1.5)), f32x4.splat(1));
      const square = f32x4.mul(height, f32x4.abs(height));
      let picked = i32x4.bitmask(f32x4.ge(square, f32x4.mul(threshold, variance)));
      for (let place = i; picked !== 0 && place < end; place++) {
        if (picked & 1) {
          store<i32>(found + ((<usize>count) << 2), place);
          count++;
        }
        picked >>= 1;
      }
    }
  }
  return count;
}
