import FFT from 'fft.js';
import { cluster } from '../../server/analysis/clustering/kmeans.ts';
import { clusterByMlKmeans } from '../../server/analysis/clustering/ml-kmeans.ts';
import { LANES, LaneFft } from '../../server/analysis/math/fft.ts';
import { useKernels } from '../../server/analysis/math/kernels.ts';
import { createRandom } from '../../server/analysis/math/random.ts';
import { loadKernels } from '../../server/kernels/load.ts';
import { median } from './median.ts';
import type { Figure } from './run.ts';

const ROUNDS = 5;
/** Transforms of a round, so that it takes milliseconds. */
const TIMES = 50;

/** What libraries do beside what the product does itself, in one run: medians of the time, ms. */
export function givenLibraries(): Figure[] {
  useKernels(loadKernels());
  return [...transforms(256), ...transforms(1024), ...classes(300, 6), ...classes(2000, 8)];
}

/** LANES complex transforms forth and back, the second half zero. */
function transforms(length: number): Figure[] {
  const random = createRandom(1);
  const own = new LaneFft(length, 1);
  const other = new FFT(length);
  const [given, there, back] = [0, 1, 2].map(() => new Float64Array(2 * length));
  for (let i = 0; i < length; i++) given[i] = random();
  const { re, im } = own.samples[0];
  return beside(
    `FFT of ${length}, ${LANES} × ${TIMES}`,
    () => {
      for (let n = 0; n < TIMES; n++) {
        re.fill(0.5);
        im.fill(0.5);
        own.forwardPadded(0);
        own.backward(0);
      }
    },
    'fft.js',
    () => {
      for (let n = 0; n < TIMES * LANES; n++) {
        other.transform(there, given);
        other.inverseTransform(back, there);
      }
    },
  );
}

/** Classes of points in a plane. */
function classes(n: number, k: number): Figure[] {
  const random = createRandom(2);
  const points = Float32Array.from({ length: 2 * n }, (_, i) => 6 * Math.floor((i / 2) % k) + random());
  return beside(
    `${k} classes of ${n} points`,
    () => cluster(points, 2, k, 1),
    'ml-kmeans',
    () => clusterByMlKmeans(points, 2, k, 1),
  );
}

function beside(name: string, own: () => void, library: string, other: () => void): Figure[] {
  const times: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++)
    for (const [which, work] of [own, other].entries()) {
      const started = performance.now();
      work();
      times[which].push(performance.now() - started);
    }
  const [ours, theirs] = times.map(median);
  return [
    { name, value: ours, unit: 'ms' },
    {
      name: `${name}, ${library}`,
      value: theirs,
      unit: 'ms',
      ratio: { of: 'built in', value: theirs / ours },
    },
  ];
}
