/** More than float32 loses in a sum of four samples, as a share of the largest. */
const LOST: f32 = 1.9073486328125e-6;
/** More than it loses near zero. */
const LEAST: f32 = 1.2e-38;

/**
 * Picks samples of some spectra that may stand out by more than their channel's limit t, and hardly any others: `standsOut`
 * decides on them. With a the sum of the two neighbours, (2y − a)² ≥ 3t²·a + 4t²; a little less is enough. Eight channels
 * at once.
 * @param samples f32, rows × width, seven more behind the last
 * @param least f32 per row, its least sample; @param most its largest
 * @param slopes f32 per channel: 3t²; @param floors 4t², −∞ where every sample is to be picked
 * At either end the neighbours are the two and three channels away that there are; spectra have five channels at least.
 * @param found i32, written: row · width + channel, ascending
 * @returns how many
 */
export function screen(
  samples: usize,
  rows: i32,
  width: i32,
  least: usize,
  most: usize,
  slopes: usize,
  floors: usize,
  found: usize,
): i32 {
  let count = 0;
  for (let row = 0; row < rows; row++) {
    const first = row * width;
    const end = first + width - 2;
    const place4 = (<usize>row) << 2;
    const largest = max(load<f32>(most + place4), -load<f32>(least + place4));
    const lostOne = LOST * largest + LEAST;
    const lost = f32x4.splat(lostOne);
    for (let i = 0; i < 2; i++)
      if (reachesAtEnd(samples + ((<usize>(first + i)) << 2), 8, 12, slopes, floors, i, lostOne)) {
        store<i32>(found + ((<usize>count) << 2), first + i);
        count++;
      }
    let at = samples + ((<usize>(first + 2)) << 2);
    let channel: usize = 8;
    for (let i = first + 2; i < end; i += 8) {
      const near = reaches(at, slopes + channel, floors + channel, lost);
      const far = reaches(at + 16, slopes + channel + 16, floors + channel + 16, lost);
      at += 32;
      channel += 32;
      if (!v128.any_true(v128.or(near, far))) continue;
      let picked = i32x4.bitmask(near) | (i32x4.bitmask(far) << 4);
      for (let place = i; picked !== 0 && place < end; place++) {
        if (picked & 1) {
          store<i32>(found + ((<usize>count) << 2), place);
          count++;
        }
        picked >>= 1;
      }
    }
    for (let i = width - 2; i < width; i++)
      if (reachesAtEnd(samples + ((<usize>(first + i)) << 2), -8, -12, slopes, floors, i, lostOne)) {
        store<i32>(found + ((<usize>count) << 2), first + i);
        count++;
      }
  }
  return count;
}

/** Whether one sample may reach its limit; `near` and `far` are bytes to its neighbours. */
function reachesAtEnd(
  at: usize,
  near: i32,
  far: i32,
  slopes: usize,
  floors: usize,
  channel: i32,
  lost: f32,
): bool {
  const around = load<f32>(at + near) + load<f32>(at + far);
  const own = load<f32>(at);
  const height = own + own - around + lost;
  const place = (<usize>channel) << 2;
  return height * abs(height) >= max<f32>(around, 0) * load<f32>(slopes + place) + load<f32>(floors + place);
}

/** Where four samples may reach their limits. */
function reaches(at: usize, slope: usize, floor: usize, lost: v128): v128 {
  const around = f32x4.add(v128.load(at - 8), v128.load(at + 8));
  const own = v128.load(at);
  const height = f32x4.add(f32x4.sub(f32x4.add(own, own), around), lost);
  const counts = f32x4.pmax(around, f32x4.splat(0));
  const limit = f32x4.add(f32x4.mul(counts, v128.load(slope)), v128.load(floor));
  // The sign of a square is that of the height.
  return f32x4.ge(f32x4.mul(height, f32x4.abs(height)), limit);
}
