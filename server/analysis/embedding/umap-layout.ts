import { KernelMemory } from '../math/kernels.ts';
import { hash32 } from '../math/random.ts';
import type { FuzzyGraph } from './fuzzy-graph.ts';
import { similarityCurve } from './similarity-curve.ts';

export interface LayoutOptions {
  minDist: number;
  epochs: number;
  /** Falls linearly to nothing. */
  learningRate: number;
  /** One embedding for each. */
  seeds: readonly number[];
}

/** Random repelling points per attraction (negative samples). */
const REPULSIONS = 5;
/** Largest step along each axis, in units of the learning rate. */
const LONGEST_STEP = 4;
/** Embeddings that the kernel arranges at once. */
const LANES = 4;

/**
 * Forces are tabulated over the logarithm of the squared distance, 64 entries per doubling, indexed by the upper bits
 * of the float32; accurate to 0.6 %.
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

/** Data shared by all embeddings of a graph. */
interface Layout {
  graph: FuzzyGraph;
  start: Float32Array;
  /** Epochs between two draws of a weight; infinite for weights that are never drawn. */
  interval: Float32Array;
  pull: Float32Array;
  push: Float32Array;
  epochs: number;
  learningRate: number;
}

/**
 * Arranges points in the embedding so that those with large weights lie together: stochastic gradient descent on the
 * cross entropy of UMAP (arXiv:1802.03426, algorithm 5), each weight drawn as often as it is large, with repulsion from
 * random points. All in float32. The same seed gives the same embedding, whatever the other seeds.
 * @param start n × 2
 * @returns n × 2 for each seed
 */
export function layOut(graph: FuzzyGraph, start: Float32Array, options: LayoutOptions): Float32Array[] {
  const { epochs, learningRate, minDist, seeds } = options;
  const { a, b } = similarityCurve(minDist);
  const largest = graph.weights.reduce((most, weight) => Math.max(most, weight), 0);
  const layout: Layout = {
    graph,
    start,
    interval: graph.weights.map((weight) => (weight * epochs < largest ? epochs : largest / weight)),
    pull: table((squared) => (-2 * a * b * squared ** (b - 1)) / (a * squared ** b + 1)),
    push: table((squared) => (2 * b) / ((0.001 + squared) * (a * squared ** b + 1))),
    epochs,
    learningRate,
  };
  const states = seeds.map((seed) => hash32(seed, start.length / 2) | 0 || 1);
  return layOutFour(layout, states) ?? states.map((state) => layOutOne(layout, state));
}

const { fround } = Math;
const within = (value: number, limit: number): number =>
  value > limit ? limit : value < -limit ? -limit : value;

function layOutOne(layout: Layout, state: number): Float32Array {
  const { graph, interval, pull, push, epochs, learningRate } = layout;
  const { rows, columns } = graph;
  const n = rows.length - 1;
  const next = interval.slice();
  const positions = layout.start.slice();
  const perDraw = fround(n / 2 ** 23);
  let random = state;
  for (let epoch = 1; epoch < epochs; epoch++) {
    const rate = fround(learningRate * (1 - (epoch - 1) / epochs));
    const longest = LONGEST_STEP * rate;
    for (let i = 0; i < n; i++) {
      let x = positions[2 * i];
      let y = positions[2 * i + 1];
      for (let edge = rows[i]; edge < rows[i + 1]; edge++) {
        if (next[edge] > epoch) continue;
        next[edge] += interval[edge];
        const j = columns[edge];
        let dx = fround(x - positions[2 * j]);
        let dy = fround(y - positions[2 * j + 1]);
        float[0] = fround(dx * dx) + fround(dy * dy);
        let entry = (bits[0] >> ENTRY_BITS) - FIRST_ENTRY;
        let force = fround(rate * pull[entry < 0 ? 0 : entry < ENTRIES ? entry : ENTRIES - 1]);
        dx = within(fround(force * dx), longest);
        dy = within(fround(force * dy), longest);
        positions[2 * j] -= dx;
        positions[2 * j + 1] -= dy;
        x = fround(x + dx);
        y = fround(y + dy);
        for (let draw = 0; draw < REPULSIONS; draw++) {
          // xorshift32 (Marsaglia, J. Stat. Softw. 8 (2003) 14)
          random ^= random << 13;
          random ^= random >>> 17;
          random ^= random << 5;
          const other = fround((random >>> 9) * perDraw) | 0;
          dx = fround(x - positions[2 * other]);
          dy = fround(y - positions[2 * other + 1]);
          float[0] = fround(dx * dx) + fround(dy * dy);
          entry = (bits[0] >> ENTRY_BITS) - FIRST_ENTRY;
          force = fround(rate * push[entry < 0 ? 0 : entry < ENTRIES ? entry : ENTRIES - 1]);
          x = fround(x + within(fround(force * dx), longest));
          y = fround(y + within(fround(force * dy), longest));
        }
      }
      positions[2 * i] = x;
      positions[2 * i + 1] = y;
    }
  }
  return positions;
}

/** All embeddings by server/kernels/assembly/lay-out.ts, four at once; undefined without kernels. */
function layOutFour(layout: Layout, states: number[]): Float32Array[] | undefined {
  const { graph, start, interval, pull, push, epochs, learningRate } = layout;
  const n = graph.rows.length - 1;
  const edges = graph.columns.length;
  const kernelMemory = new KernelMemory();
  const at = {
    rows: kernelMemory.take(4 * (n + 1)),
    columns: kernelMemory.take(4 * edges),
    interval: kernelMemory.take(4 * edges),
    next: kernelMemory.take(4 * edges),
    positions: kernelMemory.take(8 * LANES * n),
    random: kernelMemory.take(4 * LANES),
    pull: kernelMemory.take(4 * ENTRIES),
    push: kernelMemory.take(4 * ENTRIES),
  };
  const kernels = kernelMemory.kernels();
  if (!kernels) return undefined;
  const { memory } = kernels;
  new Uint32Array(memory, at.rows, n + 1).set(graph.rows);
  new Uint32Array(memory, at.columns, edges).set(graph.columns);
  new Float32Array(memory, at.interval, edges).set(interval);
  new Float32Array(memory, at.pull, ENTRIES).set(pull);
  new Float32Array(memory, at.push, ENTRIES).set(push);
  const positions = new Float32Array(memory, at.positions, 2 * LANES * n);
  const embeddings: Float32Array[] = [];
  for (let first = 0; first < states.length; first += LANES) {
    const some = states.slice(first, first + LANES);
    new Float32Array(memory, at.next, edges).set(interval);
    new Int32Array(memory, at.random, LANES).set(some);
    for (let p = 0; p < positions.length; p++)
      positions[p] = start[2 * Math.floor(p / (2 * LANES)) + (p & 1)];
    kernels.layOut(
      at.rows,
      at.columns,
      at.interval,
      at.next,
      at.positions,
      at.random,
      at.pull,
      at.push,
      FIRST_ENTRY,
      ENTRIES,
      n,
      epochs,
      learningRate,
      LONGEST_STEP,
    );
    some.forEach((_, lane) => {
      embeddings.push(
        Float32Array.from({ length: 2 * n }, (_, p) => positions[(p >> 1) * 2 * LANES + 2 * lane + (p & 1)]),
      );
    });
  }
  return embeddings;
}
