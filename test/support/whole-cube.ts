import type { CubeLayout } from '../../server/formats/cube.ts';
import { openCube } from '../../server/formats/reading/cube-reader.ts';

/** All samples of a small cube: y, x, energy. */
export async function wholeCube(layout: CubeLayout): Promise<Float32Array> {
  const pixels = layout.shape[0] * layout.shape[1];
  const out = new Float32Array(pixels * layout.channels);
  const cube = await openCube(layout);
  await cube.read(0, pixels, 0, layout.channels, out);
  await cube.close();
  return out;
}
