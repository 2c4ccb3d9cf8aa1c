/** Sample types a spectrum may be recorded in; little endian on the wire. */
export type DType = 'u8' | 'u16' | 'u32' | 'i16' | 'i32' | 'f32' | 'f64';

export const BYTES_PER_SAMPLE: Record<DType, 1 | 2 | 4 | 8> = {
  u8: 1,
  u16: 2,
  u32: 4,
  i16: 2,
  i32: 4,
  f32: 4,
  f64: 8,
};

/** The largest value of types that cameras fill: samples that have it are cut off. */
export const FULL_SCALE: Partial<Record<DType, number>> = { u8: 255, u16: 65_535, i16: 32_767 };

/** The typed array of each type. */
export const SAMPLE_ARRAYS = {
  u8: Uint8Array,
  u16: Uint16Array,
  u32: Uint32Array,
  i16: Int16Array,
  i32: Int32Array,
  f32: Float32Array,
  f64: Float64Array,
} as const satisfies Record<DType, unknown>;

export type Samples = InstanceType<(typeof SAMPLE_ARRAYS)[DType]>;

export const DTYPES = Object.keys(BYTES_PER_SAMPLE) as DType[];

export function isDType(value: unknown): value is DType {
  return typeof value === 'string' && value in BYTES_PER_SAMPLE;
}
