import type { DType, Scan } from '../../../protocol/index.ts';
import type { RescanRecord } from './rescan-record.ts';

/** Sums of finer pixels need a wider type. */
const SUMS: Record<DType, DType> = {
  u8: 'u32',
  u16: 'u32',
  u32: 'f64',
  i16: 'i32',
  i32: 'f64',
  f32: 'f64',
  f64: 'f64',
};

/** A rescan of finer pixels as it is once they are summed down to the pixels of its scan. */
export function summedScan({ scan, finer }: Pick<RescanRecord, 'scan' | 'finer'>): Scan {
  const { shape, dtype, lowLoss } = scan;
  return {
    ...scan,
    shape: [shape[0] / finer, shape[1] / finer],
    dtype: SUMS[dtype],
    ...(lowLoss && { lowLoss: { ...lowLoss, dtype: SUMS[lowLoss.dtype] } }),
  };
}
