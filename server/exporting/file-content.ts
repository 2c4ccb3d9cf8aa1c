import { basename } from 'node:path';
import { layerOf } from '../../protocol/index.ts';
import type { CubeLayout } from '../formats/cube.ts';
import type { ScanFile } from '../formats/format.ts';
import { openCube } from '../formats/reading/cube-reader.ts';
import type { ExportContent, ExportMap } from './exportable.ts';
import { completePasses, missingNote, passesMaps } from './measured-passes.ts';

/**
 * A file of spectra with its low loss and scalar signals, as it lies there.
 * @throws InputError when its samples cannot be read
 */
export async function fileContent(path: string, file: ScanFile): Promise<ExportContent> {
  const { scan, core, lowLoss } = file;
  const passes = await filePasses(file);
  const maps = passes ? passesMaps(passes) : [];
  for (const { name, cube } of file.scalars) maps.push(signalMap(name, await scalarValues(cube)));
  return {
    cubes: { core, ...(lowLoss && { lowLoss }) },
    scan,
    file: basename(path),
    source: path,
    ...(passes && { passes }),
    maps,
    edges: [],
    notes: [...(file.faults ?? []).map(({ message }) => message), ...(passes ? missingNote(passes) : [])],
  };
}

/** Of core and low loss together: a pixel is measured once it has both. */
async function filePasses({ core, lowLoss }: ScanFile): Promise<Uint8Array | undefined> {
  const passes = await completePasses(core);
  const low = lowLoss && (await completePasses(lowLoss));
  return passes && low ? passes.map((count, pixel) => Math.min(count, low[pixel])) : passes;
}

/** Means over the passes, NaN where there is no value. */
async function scalarValues(cube: CubeLayout): Promise<Float32Array> {
  const reader = await openCube(cube);
  const values = new Float32Array(cube.shape[0] * cube.shape[1]);
  const passes = await completePasses(cube);
  await reader.read(0, values.length, 0, 1, values, passes).finally(() => reader.close());
  // 0 / 0 is NaN: no value.
  return values.map((sum, pixel) => sum / (passes?.[pixel] ?? 1));
}

/** A scalar signal (HAADF …) as a map. */
export const signalMap = (name: string, data: Float32Array): ExportMap => ({
  layer: { ...layerOf('channel'), name },
  data,
});
