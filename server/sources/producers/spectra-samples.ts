import { BYTES_PER_SAMPLE, type DType, InputError } from '../../../protocol/index.ts';

/** Exponent bits that are all set in infinities and NaN (IEEE 754), in the last four bytes of a sample. */
const EXPONENT = { f32: 0x7f800000, f64: 0x7ff00000 } as const;

/**
 * Refuses samples that are no numbers; integers always are one.
 * @param samples little endian, spectrum after spectrum
 * @param first number of the first spectrum, for the error
 * @throws InputError naming pixel and channel
 */
export function checkNumbers(
  samples: Uint8Array,
  dtype: DType,
  channels: number,
  first: number,
  field: string,
): void {
  if (dtype !== 'f32' && dtype !== 'f64') return;
  const words = aligned(samples);
  const step = BYTES_PER_SAMPLE[dtype] / 4;
  const exponent = EXPONENT[dtype];
  for (let at = step - 1; at < words.length; at += step) {
    if ((words[at] & exponent) !== exponent) continue;
    const sample = (at - step + 1) / step;
    const pixel = first + Math.floor(sample / channels);
    throw new InputError(
      'spectra',
      field,
      `expected numbers, found NaN or infinity in channel ${sample % channels} of pixel ${pixel}`,
    );
  }
}

/** The bytes as 32-bit words; copied when they do not lie where words may. */
function aligned(bytes: Uint8Array): Uint32Array {
  const source = bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes);
  return new Uint32Array(source.buffer, source.byteOffset, source.byteLength / 4);
}

/**
 * Values of a scalar signal, one per pixel.
 * @throws InputError when there are not `count` of them
 */
export function scalarValues(values: number[] | Uint8Array, count: number, field: string): Float32Array {
  const isBytes = values instanceof Uint8Array;
  if (values.length !== (isBytes ? 4 * count : count))
    throw new InputError(
      'spectra',
      field,
      `expected ${count} ${isBytes ? 'f32' : 'values'}, found ${values.length} ${isBytes ? 'bytes' : ''}`.trim(),
    );
  if (!isBytes) return Float32Array.from(values);
  const copy = new Uint8Array(values);
  return new Float32Array(copy.buffer);
}
