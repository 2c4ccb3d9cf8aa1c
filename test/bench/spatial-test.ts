import { SpatialTester } from '../../server/analysis/information/spatial-test.ts';
import { useKernels } from '../../server/analysis/math/kernels.ts';
import { createRandom } from '../../server/analysis/math/random.ts';
import { loadKernels } from '../../server/kernels/load.ts';
import { median } from './median.ts';
import type { Figure } from './run.ts';

const SIDE = 512;
const CLASSES = 16;
const ROUNDS = 5;

/** The spatial test of two class maps; beside it, of a map with one that was just tested, and of two that both were. */
export function spatialTests(): Figure[] {
  useKernels(loadKernels());
  const [a, b, c] = [1, 2, 3].map(patches);
  const seconds: [number[], number[], number[]] = [[], [], []];
  for (let round = 0; round < ROUNDS; round++) {
    const tester = new SpatialTester([SIDE, SIDE]);
    [
      [a, b],
      [a, c],
      [b, c],
    ].forEach(([first, second], known) => {
      const started = performance.now();
      tester.test(first, second);
      seconds[known].push((performance.now() - started) / 1000);
    });
  }
  const [unknown, ...others] = seconds.map(median);
  const name = `spatial test ${SIDE}² × ${CLASSES} classes`;
  return [
    { name, value: unknown, unit: 's' },
    ...others.map((value, i) => ({
      name: `${name}, ${['one map', 'both maps'][i]} known`,
      value,
      unit: 's',
      ratio: { of: 'neither known', value: value / unknown },
    })),
  ];
}

/** Squares of eight pixels, a tenth of the pixels of any class. */
function patches(seed: number): Int16Array {
  const random = createRandom(seed);
  const side = SIDE / 8;
  const cells = Int16Array.from({ length: side * side }, () => Math.floor(random() * CLASSES));
  return Int16Array.from({ length: SIDE * SIDE }, (_, i) =>
    random() < 0.1
      ? Math.floor(random() * CLASSES)
      : cells[Math.floor(i / SIDE / 8) * side + Math.floor((i % SIDE) / 8)],
  );
}
