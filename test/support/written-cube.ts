import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { BYTES_PER_SAMPLE, DTYPES, type DType } from '../../protocol/index.ts';
import type { CubeLayout } from '../../server/formats/cube.ts';
import { recordCount, recordIndexOfPixel } from '../../server/formats/scan-order.ts';

const setters: Record<DType, (view: DataView, at: number, value: number, little: boolean) => void> = {
  u8: (view, at, value) => view.setUint8(at, value),
  u16: (view, at, value, little) => view.setUint16(at, value, little),
  u32: (view, at, value, little) => view.setUint32(at, value, little),
  i16: (view, at, value, little) => view.setInt16(at, value, little),
  i32: (view, at, value, little) => view.setInt32(at, value, little),
  f32: (view, at, value, little) => view.setFloat32(at, value, little),
  f64: (view, at, value, little) => view.setFloat64(at, value, little),
};

/** A file's content, sample by sample, the slow and obvious way. */
export function encode(layout: CubeLayout, value: (pixel: number, channel: number) => number): Uint8Array {
  const size = BYTES_PER_SAMPLE[layout.dtype];
  const records = recordCount(layout);
  const bytes = new Uint8Array(layout.byteOffset + records * layout.channels * size).fill(0x55);
  const view = new DataView(bytes.buffer);
  for (let pixel = 0; pixel < layout.shape[0] * layout.shape[1]; pixel++)
    for (let channel = 0; channel < layout.channels; channel++) {
      const record = recordIndexOfPixel(layout, pixel);
      const sample =
        layout.recordBy === 'vector' ? record * layout.channels + channel : channel * records + record;
      setters[layout.dtype](
        view,
        layout.byteOffset + sample * size,
        value(pixel, channel),
        layout.littleEndian,
      );
    }
  return bytes;
}

/** Small cubes of every kind. */
export const layouts: fc.Arbitrary<CubeLayout> = fc.record({
  paths: fc.integer({ min: 1, max: 3 }).map((passes) => Array.from({ length: passes }, (_, p) => `${p}`)),
  byteOffset: fc.nat(9),
  dtype: fc.constantFrom(...DTYPES),
  littleEndian: fc.boolean(),
  recordBy: fc.constantFrom('vector' as const, 'image' as const),
  shape: fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 6 })),
  channels: fc.integer({ min: 1, max: 7 }),
  order: fc.constantFrom('raster' as const, 'serpentine' as const),
  flybackColumns: fc.nat(2),
});

/** A raster of u16 spectra. */
export const plainLayout: CubeLayout = {
  paths: [''],
  byteOffset: 0,
  dtype: 'u16',
  littleEndian: true,
  recordBy: 'vector',
  shape: [4, 5],
  channels: 3,
  order: 'raster',
  flybackColumns: 0,
};

/** Writes the files of cubes into a folder. */
export function cubeWriter(folder: () => string) {
  let files = 0;
  /** @returns the layout with the paths of its passes */
  return async (
    layout: CubeLayout,
    value: (pixel: number, channel: number, pass: number) => number,
  ): Promise<CubeLayout> => {
    const paths = layout.paths.map(() => join(folder(), `${files++}.raw`));
    for (const [pass, path] of paths.entries())
      await writeFile(
        path,
        encode(layout, (pixel, channel) => value(pixel, channel, pass)),
      );
    return { ...layout, paths };
  };
}
