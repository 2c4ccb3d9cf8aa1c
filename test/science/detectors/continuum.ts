import { hasGaps } from '../../../server/analysis/clustering/gaps.ts';
import { RandomStream } from '../../../server/microscope/random.ts';
import type { DetectorRow, DetectorStudy } from '../detectors.ts';

/** A mixture of spectra as it lies in the whitened scores, in standard deviations of a pixel's noise. */
interface Shape {
  name: string;
  place: (random: RandomStream) => number[];
}

const REPEATS = 40;
const DIMENSION = 4;
const PIXELS = [100, 400, 2000];

const beta22 = (random: RandomStream) =>
  [random.uniform(), random.uniform(), random.uniform()].sort((a, b) => a - b)[1];

/** Continua of several lengths; the length is the dose. */
const CONTINUA: Shape[] = [6, 20, 80].flatMap((length) => [
  { name: `mixture of two, length ${length}`, place: (r) => [length * r.uniform()] },
  {
    name: `mixture and thickness, ${length} each`,
    place: (r) => [length * r.uniform(), length * r.uniform()],
  },
  { name: `beta(2, 2) mixture, length ${length}`, place: (r) => [length * beta22(r)] },
  {
    name: `thickness that bends the spectra by a quarter circle, radius ${length}`,
    place: (r) => {
      const angle = (r.uniform() * Math.PI) / 2;
      return [length * Math.cos(angle), length * Math.sin(angle)];
    },
  },
  {
    name: `thickness that falls off, mean ${length / 4}`,
    place: (r) => [(-length / 4) * Math.log(1 - r.uniform())],
  },
  { name: `16 equal steps, length ${length}`, place: (r) => [(length * Math.floor(16 * r.uniform())) / 15] },
]);

/** Group number `g` of some that are all as far from each other. */
const corner = (g: number, gap: number) =>
  Array.from({ length: DIMENSION }, (_, i) => (i === g ? gap / Math.SQRT2 : 0));

function pick(random: RandomStream, sizes: readonly number[]): number {
  let at = random.uniform();
  for (const [g, size] of sizes.entries()) {
    if (at < size) return g;
    at -= size;
  }
  return 0;
}

const GROUPS: Shape[] = [3, 4, 6].flatMap((gap) =>
  [
    [0.5, 0.5],
    [0.8, 0.2],
    [0.34, 0.33, 0.33],
    [0.6, 0.3, 0.1],
    [0.25, 0.25, 0.25, 0.25],
  ].map((sizes) => ({
    name: `${sizes.length} groups of ${sizes.join(', ')}, ${gap} apart`,
    place: (random: RandomStream) => corner(pick(random, sizes), gap),
  })),
);

/** How often gaps are found in `REPEATS` scans. */
function gapsFound({ place }: Shape, pixels: number, seed: number): number {
  let found = 0;
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    const random = new RandomStream(seed, repeat, pixels);
    const scores = new Float32Array(pixels * DIMENSION);
    for (let p = 0; p < pixels; p++) {
      const at = place(random);
      for (let i = 0; i < DIMENSION; i++) scores[p * DIMENSION + i] = (at[i] ?? 0) + random.normal();
    }
    if (hasGaps(scores, DIMENSION, repeat)) found++;
  }
  return found;
}

async function* rows(): AsyncIterable<DetectorRow> {
  for (const pixels of PIXELS) {
    let all = 0;
    for (const [seed, shape] of CONTINUA.entries()) {
      const hits = gapsFound(shape, pixels, seed);
      all += hits;
      yield { scans: `${shape.name}, ${pixels} pixels`, counted: 'called separate', hits, of: REPEATS };
    }
    yield {
      scans: `all continua, ${pixels} pixels`,
      counted: 'called separate',
      hits: all,
      of: REPEATS * CONTINUA.length,
      most: 0.05,
    };
    for (const [seed, shape] of GROUPS.entries())
      yield {
        scans: `${shape.name}, ${pixels} pixels`,
        counted: 'called graded',
        hits: REPEATS - gapsFound(shape, pixels, 100 + seed),
        of: REPEATS,
      };
  }
}

export const continuum: DetectorStudy = { title: 'continuum', rows };
