/**
 * Twin of `NeighbourIndex.search`: float32 distances to four points at once, points sorted by their first coordinate.
 * The k nearest are those with the smallest keys, squared distance above index; so the result does not depend on the
 * order of the search.
 * @param points blocks of four: for each coordinate the four values side by side; lanes past the last point are
 *   infinite
 * @param originals i32 per lane: the point's own index
 * @param query f32, as many as the points have coordinates
 * @param from block that the search begins with
 * @param keys u64 × k, all of them written: low word index, high word squared distance
 */
export function nearest(
  points: usize,
  originals: usize,
  blocks: i32,
  dimension: i32,
  query: usize,
  from: i32,
  k: i32,
  keys: usize,
): void {
  const blockBytes = (<usize>dimension) << 4;
  const last = keys + ((<usize>k - 1) << 3);
  for (let key = keys; key <= last; key += 8) store<u64>(key, FARTHEST);
  const first = load<f32>(query);
  let left = from - 1;
  let right = from;
  while (left >= 0 || right < blocks) {
    if (right < blocks) {
      const gap = load<f32>(points + <usize>right * blockBytes) - first;
      if (gap > 0 && gap * gap > load<f32>(last, 4)) right = blocks;
      else
        visit(
          points + <usize>right * blockBytes,
          originals + ((<usize>right) << 4),
          dimension,
          query,
          keys,
          last,
        );
      right++;
    }
    if (left >= 0) {
      const gap = first - load<f32>(points + <usize>left * blockBytes, 12);
      if (gap > 0 && gap * gap > load<f32>(last, 4)) left = -1;
      else
        visit(
          points + <usize>left * blockBytes,
          originals + ((<usize>left) << 4),
          dimension,
          query,
          keys,
          last,
        );
      left--;
    }
  }
}

/** Infinitely far, with an index above all others. */
const FARTHEST: u64 = ((<u64>0x7f800000) << 32) | 0xffffffff;
/** Coordinates after which most points are known to be too far. */
const FIRST_COORDINATES = 4;

function visit(block: usize, originals: usize, dimension: i32, query: usize, keys: usize, last: usize): void {
  const worst = v128.load32_splat(last, 4);
  let sum = f32x4.splat(0);
  const some = min(dimension, FIRST_COORDINATES);
  for (let i = 0; i < some; i++) sum = f32x4.add(sum, squared(block, query, i));
  if (!v128.any_true(f32x4.le(sum, worst))) return;
  for (let i = some; i < dimension; i++) sum = f32x4.add(sum, squared(block, query, i));
  const near = i32x4.bitmask(f32x4.le(sum, worst));
  if (near & 1) keep(f32x4.extract_lane(sum, 0), load<u32>(originals), keys, last);
  if (near & 2) keep(f32x4.extract_lane(sum, 1), load<u32>(originals, 4), keys, last);
  if (near & 4) keep(f32x4.extract_lane(sum, 2), load<u32>(originals, 8), keys, last);
  if (near & 8) keep(f32x4.extract_lane(sum, 3), load<u32>(originals, 12), keys, last);
}

function squared(block: usize, query: usize, i: i32): v128 {
  const difference = f32x4.sub(
    v128.load32_splat(query + ((<usize>i) << 2)),
    v128.load(block + ((<usize>i) << 4)),
  );
  return f32x4.mul(difference, difference);
}

function keep(distance: f32, index: u32, keys: usize, last: usize): void {
  const key = ((<u64>reinterpret<u32>(distance)) << 32) | <u64>index;
  if (key >= load<u64>(last)) return;
  let slot = last;
  while (slot > keys && load<u64>(slot - 8) > key) {
    store<u64>(slot, load<u64>(slot - 8));
    slot -= 8;
  }
  store<u64>(slot, key);
}
