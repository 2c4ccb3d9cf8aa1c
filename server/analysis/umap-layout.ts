import type { FuzzyGraph } from './fuzzy-graph.ts';
import { hash32 } from './random.ts';
import { similarityCurve } from './similarity-curve.ts';

export interface LayoutOptions {
  minDist: number;
  epochs: number;
  /** Falls linearly to nothing. */
  learningRate: number;
  seed: number;
}

/** Random points that each attraction is balanced by. */
const REPULSIONS = 5;
/** A step is never longer than this times the learning rate, along each axis. */
const LONGEST_STEP = 4;

/**
 * Forces are tabled over the logarithm of the squared distance, 64 entries per doubling: the entry is told by the upper
 * bits of the float32, and is right to 0.6 %.
 */
const ENTRY_BITS = 17;
const SMALLEST = 2 ** -14;
const LARGEST = 2 ** 12;
const bits = new Int32Array(1);
const float = new Float32Array(bits.buffer);
const bitsOf = (value: number): number => {
  float[0] = value;
  return bits[0] >> ENTRY_BITS;
};
const FIRST_ENTRY = bitsOf(SMALLEST);
const ENTRIES = bitsOf(LARGEST) - FIRST_ENTRY;

/** Force over distance as a function of the squared distance, at the middle of each entry. */
function table(force: (squared: number) => number): Float32Array {
  return Float32Array.from({ length: ENTRIES }, (_, i) => {
    bits[0] = ((FIRST_ENTRY + i) << ENTRY_BITS) + (1 << (ENTRY_BITS - 1));
    return force(float[0]);
  });
}

const within = (value: number, limit: number): number =>
  value > limit ? limit : value < -limit ? -limit : value;

/**
 * Arranges points in the plane so that those with large weights lie together: stochastic gradient descent on the cross
 * entropy of UMAP (arXiv:1802.03426, algorithm 5), each weight drawn as often as it is large, with repulsion from
 * points taken by chance. The same seed gives the same plane.
 * @param start n × 2
 * @returns n × 2
 */
export function layOut(graph: FuzzyGraph, start: Float32Array, options: LayoutOptions): Float32Array {
  const { epochs, learningRate, minDist } = options;
  const { rows, columns, weights } = graph;
  const n = rows.length - 1;
  const { a, b } = similarityCurve(minDist);
  const pull = table((squared) => (-2 * a * b * squared ** (b - 1)) / (a * squared ** b + 1));
  const push = table((squared) => (2 * b) / ((0.001 + squared) * (a * squared ** b + 1)));
  const largest = weights.reduce((most, weight) => Math.max(most, weight), 0);
  // A weight is drawn every `interval` epochs; what would never be drawn stays out of reach.
  const interval = weights.map((weight) => (weight * epochs < largest ? epochs : largest / weight));
  const next = interval.slice();
  const positions = Float64Array.from(start);
  let random = hash32(options.seed, n) | 0 || 1;
  const perDraw = n / 2 ** 32;
  for (let epoch = 1; epoch < epochs; epoch++) {
    const rate = learningRate * (1 - (epoch - 1) / epochs);
    const longest = LONGEST_STEP * rate;
    for (let i = 0; i < n; i++) {
      let x = positions[2 * i];
      let y = positions[2 * i + 1];
      for (let edge = rows[i]; edge < rows[i + 1]; edge++) {
        if (next[edge] > epoch) continue;
        next[edge] += interval[edge];
        const j = columns[edge];
        let dx = x - positions[2 * j];
        let dy = y - positions[2 * j + 1];
        float[0] = dx * dx + dy * dy;
        let entry = (bits[0] >> ENTRY_BITS) - FIRST_ENTRY;
        let force = rate * pull[entry < 0 ? 0 : entry < ENTRIES ? entry : ENTRIES - 1];
        dx = within(force * dx, longest);
        dy = within(force * dy, longest);
        positions[2 * j] -= dx;
        positions[2 * j + 1] -= dy;
        x += dx;
        y += dy;
        for (let draw = 0; draw < REPULSIONS; draw++) {
          // xorshift32 (Marsaglia, J. Stat. Softw. 8 (2003) 14)
          random ^= random << 13;
          random ^= random >>> 17;
          random ^= random << 5;
          const other = ((random >>> 0) * perDraw) | 0;
          dx = x - positions[2 * other];
          dy = y - positions[2 * other + 1];
          float[0] = dx * dx + dy * dy;
          entry = (bits[0] >> ENTRY_BITS) - FIRST_ENTRY;
          force = rate * push[entry < 0 ? 0 : entry < ENTRIES ? entry : ENTRIES - 1];
          x += within(force * dx, longest);
          y += within(force * dy, longest);
        }
      }
      positions[2 * i] = x;
      positions[2 * i + 1] = y;
    }
  }
  return Float32Array.from(positions);
}
