import { basename } from 'node:path';
import { pixelCount } from '../../protocol/index.ts';
import { openCube } from '../formats/cube-reader.ts';
import type { ScanFile } from '../formats/format.ts';
import type { ExportContent, ExportMap } from './exportable.ts';

/**
 * A file of spectra with its low loss and scalar signals, as it lies there.
 * @throws InputError when its samples cannot be read
 */
export async function fileContent(path: string, file: ScanFile): Promise<ExportContent> {
  const { scan, core, lowLoss } = file;
  const maps: ExportMap[] = [];
  for (const { name, cube } of file.scalars) {
    const reader = await openCube(cube);
    const data = new Float32Array(pixelCount(scan));
    await reader.read(0, data.length, 0, 1, data).finally(() => reader.close());
    maps.push(signalMap(name, data));
  }
  return {
    cubes: { core, ...(lowLoss && { lowLoss }) },
    scan,
    file: basename(path),
    source: path,
    maps,
    edges: [],
    notes: (file.faults ?? []).map(({ message }) => message),
  };
}

/** A scalar signal (HAADF …) as a map. */
export const signalMap = (name: string, data: Float32Array): ExportMap => ({
  layer: { kind: 'channel', name, units: 'arb. units', dtype: 'f32', components: 1 },
  data,
});
