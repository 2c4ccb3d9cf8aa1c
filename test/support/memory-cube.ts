import type { CubeLayout, CubeReader } from '../../server/formats/cube.ts';

/** Spectra in memory, pixels × channels, as a reader sees them. */
export function memoryCube(spectra: Float32Array, shape: [number, number], channels: number): CubeReader {
  const layout: CubeLayout = {
    paths: ['memory'],
    byteOffset: 0,
    dtype: 'f32',
    littleEndian: true,
    recordBy: 'vector',
    shape,
    channels,
    order: 'raster',
    flybackColumns: 0,
  };
  return {
    layout,
    read: async (firstPixel, count, firstChannel, endChannel, out) => {
      for (let p = 0; p < count; p++) {
        const at = (firstPixel + p) * channels;
        out.set(spectra.subarray(at + firstChannel, at + endChannel), p * (endChannel - firstChannel));
      }
    },
    extend: () => {},
    close: async () => {},
  };
}
