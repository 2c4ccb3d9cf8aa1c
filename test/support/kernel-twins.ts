import fc from 'fast-check';
import { expect } from 'vitest';
import { type KernelSource, useKernels } from '../../server/analysis/math/kernels.ts';
import { loadKernels } from '../../server/kernels/load.ts';

let asked = 0;
const loaded = loadKernels();

/** Those that were built. */
export const kernels: KernelSource | undefined =
  loaded &&
  ((bytes) => {
    asked++;
    return loaded(bytes);
  });

/** What `compute` gives by SIMD and without. */
export function both<T>(compute: () => T): [T, T] {
  const before = asked;
  useKernels(kernels);
  const simd = compute();
  expect(asked).toBeGreaterThan(before);
  useKernels(undefined);
  return [simd, compute()];
}

/** Few values, so that ties and equal points are frequent, or any. */
const sample = fc.oneof(
  fc.integer({ min: -3, max: 3 }),
  fc.float({ min: -1e6, max: 1e6, noNaN: true }),
  fc.float({ min: Math.fround(-1e-3), max: Math.fround(1e-3), noNaN: true }),
);

/** `rows` rows of `dimension` samples. */
export const matrix = (rows: number, dimension: number) =>
  fc
    .array(sample, { minLength: rows * dimension, maxLength: rows * dimension })
    .map((values) => Float32Array.from(values));
