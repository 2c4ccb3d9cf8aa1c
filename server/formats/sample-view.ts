import { type DType, SAMPLE_ARRAYS, type Samples } from '../../protocol/index.ts';

const PLATFORM_IS_LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/**
 * Samples as numbers, without a copy. Bytes of the other order are swapped in place, so call it once per content of
 * the buffer. `bytes` must start at a multiple of the sample size and hold whole samples.
 */
export function viewSamples(bytes: Buffer<ArrayBuffer>, dtype: DType, littleEndian: boolean): Samples {
  const View = SAMPLE_ARRAYS[dtype];
  if (littleEndian !== PLATFORM_IS_LITTLE_ENDIAN) {
    if (View.BYTES_PER_ELEMENT === 2) bytes.swap16();
    else if (View.BYTES_PER_ELEMENT === 4) bytes.swap32();
    else if (View.BYTES_PER_ELEMENT === 8) bytes.swap64();
  }
  return new View(bytes.buffer, bytes.byteOffset, bytes.byteLength / View.BYTES_PER_ELEMENT);
}
