import { extname } from 'node:path';
import { InputError } from '../../protocol/index.ts';
import { digitalMicrograph } from './digital-micrograph/digital-micrograph.ts';
import { stampTextOf } from './files/file-stamp.ts';
import { withStamps } from './files/with-stamps.ts';
import type { Format, OpenOptions, ScanFile } from './format.ts';
import { hdf5 } from './hdf5/hdf5.ts';
import { npyFile } from './numpy/npy-file.ts';
import { mib } from './series/mib.ts';
import { tia } from './series/tia.ts';
import { addLowLossFile, checkIsFile } from './signals/low-loss-file.ts';
import { msa } from './text/msa.ts';
import { ripple } from './text/ripple.ts';
import { unreadFormat } from './unread-formats.ts';
import { nionZip } from './zipped/nion-zip.ts';
import { pantaRhei } from './zipped/panta-rhei.ts';
import { zspy } from './zipped/zspy.ts';

export const FORMATS: readonly Format[] = [
  digitalMicrograph,
  ripple,
  msa,
  hdf5,
  zspy,
  npyFile,
  nionZip,
  pantaRhei,
  tia,
  mib,
];

/** The format of a file by its suffix; undefined for files that are none of ours. */
export function formatOf(path: string): Format | undefined {
  const suffix = extname(path).toLowerCase();
  return FORMATS.find(({ suffixes }) => suffixes.includes(suffix));
}

/**
 * Opens a scan of any known format: reads its header and holds it against the file. A low loss that lies beside it belongs to it.
 * @throws InputError naming file, field and expectation
 */
export async function openScanFile(path: string, options: OpenOptions = {}): Promise<ScanFile> {
  const format = formatOf(path);
  if (!format) {
    const known = FORMATS.flatMap(({ suffixes }) => suffixes).join(', ');
    const unread = unreadFormat(extname(path).toLowerCase());
    const found = `"${extname(path)}"${unread ? `, ${unread.what}; ${unread.advice}` : ''}`;
    throw new InputError(path, 'suffix', `expected one of ${known}, found ${found}`);
  }
  if (options.image !== undefined && options.image > 1 && !format.hasImages)
    throw new InputError(
      path,
      'image',
      `expected 1, all that this format holds, found --image ${options.image}`,
    );
  await checkIsFile(path, format);
  const stamp = await stampTextOf(path);
  const file = await addLowLossFile(await format.open(path, options), path, format, options);
  const isWhole = file.growing.length === 0;
  const known = new Map(stamp === undefined ? [] : [[path, stamp]]);
  const opened = isWhole ? await withStamps(file, known) : file;
  return options.shape ? reshaped(opened, options.shape, path) : opened;
}

/** Spectra side by side, arranged otherwise: possible where every record is a pixel and rows all run one way. */
function reshaped(file: ScanFile, shape: [number, number], path: string): ScanFile {
  const [rows, columns] = file.scan.shape;
  if (shape[0] * shape[1] !== rows * columns)
    throw new InputError(
      path,
      'shape',
      `expected ${rows * columns} pixels as the file has them, found ${shape[0]} × ${shape[1]}`,
    );
  if (file.core.order !== 'raster' || file.core.flybackColumns > 0)
    throw new InputError(path, 'shape', 'expected a raster without fly-back for another shape');
  return {
    ...file,
    scan: { ...file.scan, shape },
    core: { ...file.core, shape },
    ...(file.lowLoss && { lowLoss: { ...file.lowLoss, shape } }),
    scalars: file.scalars.map(({ name, cube }) => ({ name, cube: { ...cube, shape } })),
  };
}
