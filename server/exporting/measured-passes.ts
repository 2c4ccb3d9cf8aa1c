import { stat } from 'node:fs/promises';
import { BYTES_PER_SAMPLE } from '../../protocol/index.ts';
import type { CubeLayout } from '../formats/cube.ts';
import { BY_RESCANS_ALONE } from '../formats/reading/patched-reader.ts';
import { pixelRangesOfRecords, recordCount } from '../formats/scan-order.ts';
import type { ExportMap } from './exportable.ts';

/**
 * Passes whose spectra lie complete in the files at each pixel; a pass counts where all before it do.
 * @returns undefined for cubes in planes of energy, which are written whole
 */
export async function completePasses(cube: CubeLayout): Promise<Uint8Array | undefined> {
  if (cube.recordBy !== 'vector') return undefined;
  const complete = new Uint8Array(cube.shape[0] * cube.shape[1]);
  for (const [pass, path] of cube.paths.entries()) {
    const size = await stat(path).then(
      (found) => found.size,
      () => 0,
    );
    const bytes = cube.channels * BYTES_PER_SAMPLE[cube.dtype];
    const records = Math.min(Math.floor((size - cube.byteOffset) / bytes), recordCount(cube));
    for (const { first, count } of pixelRangesOfRecords(cube, 0, Math.max(records, 0)))
      for (let pixel = first; pixel < first + count; pixel++) if (complete[pixel] === pass) complete[pixel]++;
  }
  return complete;
}

/** What there is to say of pixels that are not measured. */
export function missingNote(passes: Uint8Array): string[] {
  const missing = passes.reduce((count, own) => count + (own === 0 ? 1 : 0), 0);
  return missing > 0 ? [`${missing} of ${passes.length} pixels are not measured: their counts are 0`] : [];
}

/** A map of the passes at each pixel, unless all have been measured once. */
export function passesMaps(passes: Uint8Array): ExportMap[] {
  if (passes.every((count) => count === 1)) return [];
  return [
    {
      layer: { kind: 'passes', name: 'Measured passes', units: 'passes', dtype: 'i16', components: 1 },
      data: Int16Array.from(passes, (count) => (count === BY_RESCANS_ALONE ? 0 : count)),
    },
  ];
}
