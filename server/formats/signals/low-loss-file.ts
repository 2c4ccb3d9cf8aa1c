import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { InputError } from '../../../protocol/index.ts';
import type { CubeLayout } from '../cube.ts';
import { notAFile } from '../files/regular-file.ts';
import type { Format, OpenOptions, ScanFile } from '../format.ts';
import { inputFault } from '../input-fault.ts';
import { lossPairs } from './loss-names.ts';

/**
 * Adds the low loss of DualEELS that was saved as a file of its own beside the core loss (`lossPairs`). One that does not fit is
 * left out, and said so. A file that is the low loss of another stays as it is.
 */
export async function addLowLossFile(
  file: ScanFile,
  path: string,
  format: Format,
  { scratch }: OpenOptions,
): Promise<ScanFile> {
  if (file.lowLoss) return file;
  const name = lossPairs(await readdir(dirname(path)).catch(() => [])).get(basename(path));
  if (name === undefined) return file;
  const partner = join(dirname(path), name);
  try {
    await checkIsFile(partner, format);
    const { scan, core, growing, unpack } = await format.open(
      partner,
      scratch === undefined ? {} : { scratch },
    );
    checkSameScan(partner, file.core, core);
    return {
      ...file,
      scan: {
        ...file.scan,
        lowLoss: {
          channels: scan.channels,
          energy: scan.energy,
          dtype: scan.dtype,
        },
      },
      lowLoss: core,
      lowLossFile: partner,
      ...(file.unpack && unpack && { unpack: { core: file.unpack.core, lowLoss: unpack.core } }),
      growing: [...file.growing, ...growing.filter((grown) => core.paths.includes(grown))],
    };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { ...file, faults: [...(file.faults ?? []), error] };
  }
}

/**
 * A pipe of a format's suffix would keep whoever opens it waiting.
 * @throws InputError when it is no file, nor a folder where the format is one
 */
export async function checkIsFile(path: string, format: Format): Promise<void> {
  const found = await stat(path).catch((error) => Promise.reject(inputFault(error, path)));
  if (!found.isFile() && !(format.isFolder && found.isDirectory())) throw notAFile(path);
}

/** @throws InputError when pixels of the low loss are not those of the core loss */
export function checkSameScan(place: string, core: CubeLayout, lowLoss: CubeLayout): void {
  const [expected, found] = [core, lowLoss].map(
    ({ shape, order, flybackColumns, paths }) =>
      `${shape[0]} × ${shape[1]} pixels${order === 'raster' ? '' : ` ${order}`}${flybackColumns > 0 ? `, fly-back ${flybackColumns}` : ''}${paths.length > 1 ? `, passes ${paths.length}` : ''}`,
  );
  if (expected !== found)
    throw new InputError(place, 'low loss', `expected ${expected} as the core loss has them, found ${found}`);
}
