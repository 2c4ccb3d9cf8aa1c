import { hash32 } from '../math/random.ts';

/**
 * Chooses at most `limit` pixels to fit a model on: evenly spread over the scan, a function of the pixels and the seed
 * alone, not of the order of measurement. The scan is cut into square tiles, about one per landmark; within a tile
 * pixels are ordered by the hash of their index, and the first ones of all tiles come before any second one.
 * @param eligible row-major, 1 where a pixel may be chosen
 * @param novel row-major, 1 where a pixel is unlike the landmarks of before: these come first, as a fifth at most
 * @returns pixel indices, ascending
 */
export function chooseLandmarks(
  eligible: Uint8Array,
  shape: [number, number],
  limit: number,
  seed: number,
  novel?: Uint8Array,
): Uint32Array {
  const [rows, columns] = shape;
  let count = 0;
  for (const flag of eligible) count += flag;
  if (count <= limit) {
    const all = new Uint32Array(count);
    for (let pixel = 0, i = 0; pixel < eligible.length; pixel++) if (eligible[pixel]) all[i++] = pixel;
    return all;
  }
  const first = novel ? novelLandmarks(eligible, novel, limit, seed) : new Set<number>();
  const side = Math.max(1, Math.round(Math.sqrt(count / limit)));
  const tilesAcross = Math.ceil(columns / side);
  const tiles = tilesAcross * Math.ceil(rows / side);
  const tileOf = (pixel: number): number => {
    const row = Math.floor(pixel / columns);
    return Math.floor(row / side) * tilesAcross + Math.floor((pixel - row * columns) / side);
  };
  const waits = (pixel: number): boolean => eligible[pixel] === 1 && !first.has(pixel);
  const waiting = new Uint32Array(tiles);
  for (let pixel = 0; pixel < eligible.length; pixel++) if (waits(pixel)) waiting[tileOf(pixel)]++;
  const wanted = limit - first.size;
  const depth = depthFor(wanted, waiting);
  // The first pixels of every tile, in order, as many as can be chosen.
  const hashes = new Uint32Array(tiles * depth);
  const queued = new Uint32Array(tiles * depth);
  const queueLengths = new Uint32Array(tiles);
  for (let pixel = 0; pixel < eligible.length; pixel++) {
    if (!waits(pixel)) continue;
    const hash = hash32(seed, pixel);
    const tile = tileOf(pixel);
    let place = queueLengths[tile];
    if (place < depth) queueLengths[tile]++;
    else if (hash >= hashes[tile * depth + --place]) continue;
    let at = tile * depth + place;
    for (; at > tile * depth && hashes[at - 1] > hash; at--) {
      hashes[at] = hashes[at - 1];
      queued[at] = queued[at - 1];
    }
    hashes[at] = hash;
    queued[at] = pixel;
  }
  const ranked: number[] = [];
  for (let tile = 0; tile < tiles; tile++)
    for (let rank = 0; rank < queueLengths[tile]; rank++) ranked.push(tile * depth + rank);
  ranked.sort((a, b) => (a % depth) - (b % depth) || hashes[a] - hashes[b] || queued[a] - queued[b]);
  return Uint32Array.from([...first, ...ranked.slice(0, wanted).map((at) => queued[at])]).sort();
}

/** Entries to take from each queue, the same number of all, for `wanted` in total. */
function depthFor(wanted: number, lengths: Uint32Array): number {
  let had = 0;
  let depth = 0;
  while (had < wanted) {
    depth++;
    for (const length of lengths) if (length >= depth) had++;
  }
  return depth;
}

/** Most landmarks chosen for being novel. */
const NOVEL_SHARE = 0.2;

function novelLandmarks(eligible: Uint8Array, novel: Uint8Array, limit: number, seed: number): Set<number> {
  const pixels: number[] = [];
  for (let pixel = 0; pixel < eligible.length; pixel++)
    if (eligible[pixel] && novel[pixel]) pixels.push(pixel);
  pixels.sort((a, b) => hash32(seed, a) - hash32(seed, b) || a - b);
  return new Set(pixels.slice(0, Math.floor(NOVEL_SHARE * limit)));
}
