import { type DType, InputError, SAMPLE_ARRAYS, type Samples } from '../../../protocol/index.ts';
import type { StoredArray, StoredPiece } from '../signals/stored-signal.ts';
import type { CubeAxes, CubeBlock } from './piece-grid.ts';

/** What 64 bits are held against. */
const LIMITS: Partial<Record<DType, [bigint, bigint]>> = {
  u32: [0n, 2n ** 32n - 1n],
  i32: [-(2n ** 31n), 2n ** 31n - 1n],
};

/**
 * The spectra of a piece one after the other, rows × columns × channels of `block`.
 * @throws InputError when a count of 64 bits does not fit into 32
 */
export function spectraOfPiece(
  { samples, strides }: StoredPiece,
  block: CubeBlock,
  axes: CubeAxes,
  dtype: DType,
  source: StoredArray,
): Samples {
  const { rows, columns, channels } = block;
  const out = new SAMPLE_ARRAYS[dtype](rows * columns * channels);
  const stride = (axis: number | undefined) => (axis === undefined ? 0 : strides[axis]);
  const step = strides[axes.energy];
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const from = row * stride(axes.row) + column * stride(axes.column);
      const to = (row * columns + column) * channels;
      if (samples instanceof BigInt64Array || samples instanceof BigUint64Array)
        for (let channel = 0; channel < channels; channel++)
          out[to + channel] = narrow(samples[from + channel * step], dtype, source);
      else if (step === 1) out.set(samples.subarray(from, from + channels), to);
      else
        for (let channel = 0; channel < channels; channel++)
          out[to + channel] = samples[from + channel * step];
      if (axes.descending) out.subarray(to, to + channels).reverse();
    }
  return out;
}

function narrow(value: bigint, dtype: DType, source: StoredArray): number {
  const [least, most] = LIMITS[dtype] ?? [0n, 0n];
  if (value < least || value > most)
    throw new InputError(
      source.place,
      source.name,
      `expected counts from ${least} to ${most}, found ${value}`,
    );
  return Number(value);
}
