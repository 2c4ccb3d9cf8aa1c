import { NeighbourIndex } from './neighbours.ts';

/** For each of n points its k nearest, itself among them, ascending by distance: n × k. */
export interface NearestTable {
  k: number;
  indices: Int32Array;
  distances: Float64Array;
}

/** @param points n × dimension */
export function nearestTable(points: Float32Array, dimension: number, k: number): NearestTable {
  const n = points.length / dimension;
  const index = new NeighbourIndex(points, dimension);
  const room = NeighbourIndex.createResult(k);
  const table = { k, indices: new Int32Array(n * k), distances: new Float64Array(n * k) };
  for (let i = 0; i < n; i++) {
    index.search(points, i * dimension, room);
    table.indices.set(room.indices, i * k);
    table.distances.set(room.distances, i * k);
  }
  return table;
}

/** Symmetric weights in (0, 1]: those of point i are entries `rows[i]` to `rows[i + 1]`. */
export interface FuzzyGraph {
  rows: Uint32Array;
  columns: Uint32Array;
  weights: Float32Array;
}

/** Tolerance and floor of the neighbourhoods' scales, as umap-learn has them. */
const TOLERANCE = 1e-5;
const SMALLEST_SHARE = 1e-3;

/**
 * The fuzzy simplicial set of UMAP (McInnes, Healy & Melville, arXiv:1802.03426, algorithms 2 and 3): point i belongs
 * to the neighbourhood of j by exp(−(d − ρ)/σ), ρ the distance of the nearest other place and σ such that memberships
 * add up to log2 k; memberships u and v of the two directions become u + v − u·v.
 */
export function fuzzyGraph({ k, indices, distances }: NearestTable): FuzzyGraph {
  const n = indices.length / k;
  const mean = distances.reduce((sum, distance) => sum + distance, 0) / Math.max(distances.length, 1);
  const membership = new Float64Array(n * k);
  for (let i = 0; i < n; i++) {
    const row = distances.subarray(i * k, (i + 1) * k);
    const ρ = row.find((distance) => distance > 0) ?? 0;
    const σ = neighbourhoodScale(row, ρ, mean);
    for (let j = 0; j < k; j++)
      if (indices[i * k + j] !== i) membership[i * k + j] = row[j] > ρ ? Math.exp(-(row[j] - ρ) / σ) : 1;
  }
  return symmetric(n, k, indices, membership);
}

function neighbourhoodScale(distances: Float64Array, ρ: number, meanOfAll: number): number {
  const target = Math.log2(distances.length);
  let low = 0;
  let high = Number.POSITIVE_INFINITY;
  let σ = 1;
  for (let i = 0; i < 64; i++) {
    let sum = 0;
    for (let j = 1; j < distances.length; j++)
      sum += distances[j] > ρ ? Math.exp(-(distances[j] - ρ) / σ) : 1;
    if (Math.abs(sum - target) < TOLERANCE) break;
    if (sum > target) high = σ;
    else low = σ;
    σ = high === Number.POSITIVE_INFINITY ? 2 * σ : (low + high) / 2;
  }
  const mean = ρ > 0 ? distances.reduce((sum, distance) => sum + distance, 0) / distances.length : meanOfAll;
  return Math.max(σ, SMALLEST_SHARE * mean);
}

/** u + v − u·v of an n × k table of memberships and its transpose. */
function symmetric(n: number, k: number, indices: Int32Array, membership: Float64Array): FuzzyGraph {
  const starts = new Uint32Array(n + 1);
  for (const j of indices) starts[j + 1]++;
  for (let j = 0; j < n; j++) starts[j + 1] += starts[j];
  const next = starts.slice();
  const incoming = new Uint32Array(n * k);
  for (let entry = 0; entry < n * k; entry++) incoming[next[indices[entry]]++] = entry;
  const rows = new Uint32Array(n + 1);
  const columns = new Uint32Array(2 * n * k);
  const weights = new Float32Array(2 * n * k);
  const sums = new Float64Array(n);
  let end = 0;
  for (let i = 0; i < n; i++) {
    const start = end;
    for (let entry = i * k; entry < (i + 1) * k; entry++) {
      if (!(membership[entry] > 0)) continue;
      sums[indices[entry]] = membership[entry];
      columns[end++] = indices[entry];
    }
    for (let at = starts[i]; at < starts[i + 1]; at++) {
      const entry = incoming[at];
      const v = membership[entry];
      if (!(v > 0)) continue;
      const j = Math.floor(entry / k);
      const u = sums[j];
      if (u === 0) columns[end++] = j;
      sums[j] = u + v - u * v;
    }
    for (let at = start; at < end; at++) {
      weights[at] = sums[columns[at]];
      sums[columns[at]] = 0;
    }
    rows[i + 1] = end;
  }
  return { rows, columns: columns.slice(0, end), weights: weights.slice(0, end) };
}
