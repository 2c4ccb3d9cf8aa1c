import type { DType, EnergyAxis } from '../../protocol/index.ts';
import type { CubeLayout } from '../formats/cube.ts';
import { openCube } from '../formats/reading/cube-reader.ts';
import type { Spectra } from './exportable.ts';

/** Read at once: files of energy planes are sought through once for each of these. */
const WINDOW_BYTES = 32 * 2 ** 20;

/** Sums of passes and rescans need a wider type. */
function sumType({ dtype, paths, patches = [] }: CubeLayout): DType {
  if (paths.length + patches.length === 1) return dtype;
  const types = new Set([dtype, ...patches.map(({ cube }) => cube.dtype)]);
  const areAll = (...these: DType[]) => [...types].every((type) => these.includes(type));
  if (areAll('u8', 'u16')) return 'u32';
  return areAll('u8', 'u16', 'i16') ? 'i32' : 'f64';
}

/**
 * The spectra of a cube, at most 32 MB of them in memory. Those who read from front to back read the files once.
 * @param passes complete at each pixel; pixels of none are 0 whatever lies in the files
 * @throws InputError when the files cannot be opened
 */
export async function cubeSpectra(
  layout: CubeLayout,
  energy: EnergyAxis,
  passes?: Uint8Array,
): Promise<Spectra & { close(): Promise<void> }> {
  const cube = await openCube(layout);
  const { channels, shape } = layout;
  const pixels = shape[0] * shape[1];
  const most = Math.min(pixels, Math.max(1, Math.floor(WINDOW_BYTES / (8 * channels))));
  let room = new Float64Array(0);
  let [from, to] = [0, 0];

  async function load(first: number, count: number): Promise<void> {
    // What a failed read leaves behind is not to be taken for samples.
    to = from;
    if (room.length < count * channels) room = new Float64Array(count * channels);
    await cube.read(first, count, 0, channels, room, passes);
    if (passes)
      for (let pixel = 0; pixel < count; pixel++)
        if (passes[first + pixel] === 0) room.fill(0, pixel * channels, (pixel + 1) * channels);
    [from, to] = [first, first + count];
  }

  return {
    channels,
    energy,
    dtype: sumType(layout),
    async read(first, count) {
      if (first < from || first + count > to)
        await load(first, Math.min(Math.max(count, most), pixels - first));
      return room.subarray((first - from) * channels, (first - from + count) * channels);
    },
    close: () => cube.close(),
  };
}
