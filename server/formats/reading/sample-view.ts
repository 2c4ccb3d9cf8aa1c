import { type DType, SAMPLE_ARRAYS, type Samples } from '../../../protocol/index.ts';

const PLATFORM_IS_LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/**
 * Samples as numbers, without a copy. Bytes of the other order are swapped in place, so call it once per content of
 * the buffer. `bytes` must start at a multiple of the sample size and hold whole samples.
 */
export function viewSamples(bytes: Buffer<ArrayBuffer>, dtype: DType, littleEndian: boolean): Samples {
  const View = SAMPLE_ARRAYS[dtype];
  swapToPlatform(bytes, View.BYTES_PER_ELEMENT, littleEndian);
  return new View(bytes.buffer, bytes.byteOffset, bytes.byteLength / View.BYTES_PER_ELEMENT);
}

/** Brings samples of `size` bytes each into the platform's byte order, in place. */
export function swapToPlatform(bytes: Buffer, size: number, littleEndian: boolean): void {
  if (littleEndian === PLATFORM_IS_LITTLE_ENDIAN) return;
  if (size === 2) bytes.swap16();
  else if (size === 4) bytes.swap32();
  else if (size === 8) bytes.swap64();
}
