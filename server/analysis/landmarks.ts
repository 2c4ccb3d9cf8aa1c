import { hash32 } from './random.ts';

/**
 * Chooses at most `limit` pixels to fit a model on: spread evenly over the scan and fixed by the pixels and the seed
 * alone, not by the order in which they were measured. The scan is cut into square tiles, about one per landmark;
 * within a tile pixels queue up by the hash of their index, and the firsts of all tiles come before any second.
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
  const queues: number[][] = Array.from({ length: tiles }, () => []);
  for (let pixel = 0; pixel < eligible.length; pixel++) {
    if (!eligible[pixel] || first.has(pixel)) continue;
    const row = Math.floor(pixel / columns);
    const tile = Math.floor(row / side) * tilesAcross + Math.floor((pixel - row * columns) / side);
    queues[tile].push(pixel);
  }
  const ranked: { rank: number; hash: number; pixel: number }[] = [];
  for (const queue of queues) {
    const hashed = queue.map((pixel) => ({ rank: 0, hash: hash32(seed, pixel), pixel }));
    hashed.sort((a, b) => a.hash - b.hash || a.pixel - b.pixel);
    hashed.forEach((entry, rank) => {
      entry.rank = rank;
      ranked.push(entry);
    });
  }
  ranked.sort((a, b) => a.rank - b.rank || a.hash - b.hash || a.pixel - b.pixel);
  const others = ranked.slice(0, limit - first.size).map(({ pixel }) => pixel);
  return Uint32Array.from([...first, ...others]).sort();
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
