import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { BYTES_PER_SAMPLE, InputError, type Scan } from '../../../protocol/index.ts';
import type { CubeLayout } from '../cube.ts';
import type { Format, OpenOptions, ScanFile } from '../format.ts';
import { inputFault } from '../input-fault.ts';
import { recordCount } from '../scan-order.ts';
import { GIVE_ENERGY } from '../signals/energy-axis.ts';
import { PlainImageError } from '../signals/plain-image.ts';
import { checkByteOrder } from './byte-order.ts';
import { parseRippleHeader, type RippleHeader } from './ripple-header.ts';
import { rippleRawPath } from './ripple-writer.ts';
import { readTextFile } from './text-file.ts';

const MOST_HEADER_BYTES = 64 * 1024;
const LOW_LOSS = '.low-loss';

/**
 * Ripple: a text (`.rpl`) that describes a file of samples (`.raw`). The text gives the final shape; in vector order
 * the samples may still be growing. README.md lists the keys and the companions.
 */
export const ripple: Format = {
  name: 'Ripple',
  suffixes: ['.rpl'],
  isAppended: true,
  beside: ['.raw'],
  open: openRipple,
};

async function openRipple(path: string, options: OpenOptions = {}): Promise<ScanFile> {
  const stem = path.slice(0, -extname(path).length);
  if (stem.endsWith(LOW_LOSS))
    throw new InputError(
      path,
      'name',
      `expected a scan, found the low loss of ${basename(stem, LOW_LOSS)}.rpl: open that`,
    );
  const header = await readHeader(path, options);
  if (header.channels === 1)
    throw new PlainImageError(path, 'depth', 'expected spectra, found a plain image of depth 1');
  if (!header.energy) throw noAxis(path);
  const core = await layoutOf(stem, header, header.shape === options.shape);
  await checkByteOrder(core);

  const result: ScanFile = {
    scan: { ...scanOf(stem, header), energy: header.energy },
    core,
    scalars: [],
    growing: [...growing(core)],
    faults: [],
  };
  for (const companion of await companionsOf(stem))
    try {
      await addCompanion(result, companion, header, options);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      result.faults?.push(error);
    }
  return result;
}

function scanOf(stem: string, header: RippleHeader): Omit<Scan, 'energy'> {
  const { shape, channels, dtype } = header;
  const { pixelSizeNm, dwellSeconds, beamKv, convergenceMrad, collectionMrad, simulated } = header;
  const optional = { pixelSizeNm, dwellSeconds, beamKv, convergenceMrad, collectionMrad, simulated };
  return {
    id: basename(stem),
    name: header.title ?? basename(stem),
    shape,
    channels,
    dtype,
    ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)),
  };
}

const noAxis = (path: string): InputError =>
  new InputError(path, 'depth-scale', `expected an energy axis, found none; ${GIVE_ENERGY}`);

const readHeader = async (
  path: string,
  given: Pick<OpenOptions, 'energy' | 'shape'>,
): Promise<RippleHeader> => parseRippleHeader(await readTextFile(path, MOST_HEADER_BYTES), path, given);

/**
 * Where the samples lie, held against the sizes of the files.
 * @param shapeIsGiven by the operator, in place of another one in the header: then the file has to be complete
 */
async function layoutOf(stem: string, header: RippleHeader, shapeIsGiven = false): Promise<CubeLayout> {
  const first = (await existing(rippleRawPath(stem))) ?? (await existing(`${stem}.RAW`));
  if (!first) throw new InputError(rippleRawPath(stem), 'file', 'expected beside its .rpl, found none');
  const paths = [first.path];
  const sizes = [first.size];
  for (let pass = 1; pass < (header.passes ?? 1); pass++) {
    const path = rippleRawPath(stem, pass);
    paths.push(path);
    sizes.push((await existing(path))?.size ?? 0);
  }
  const layout: CubeLayout = {
    paths,
    byteOffset: header.byteOffset ?? 0,
    dtype: header.dtype,
    littleEndian: header.littleEndian ?? true,
    recordBy: header.recordBy ?? 'vector',
    shape: header.shape,
    channels: header.channels,
    order: header.order ?? 'raster',
    flybackColumns: header.flybackColumns ?? 0,
  };
  const whole = fullSize(layout);
  if (shapeIsGiven && first.size !== whole) {
    const found = (first.size - layout.byteOffset) / (layout.channels * BYTES_PER_SAMPLE[layout.dtype]);
    throw new InputError(
      `${stem}.rpl`,
      'shape',
      `expected ${found} pixels as the file has them, found ${layout.shape.join(' × ')}`,
    );
  }
  for (const [pass, size] of sizes.entries()) {
    const { shape, channels, dtype, recordBy } = layout;
    const from = `(${shape[0]} × ${shape[1]} × ${channels} of ${dtype}) by ${basename(stem)}.rpl`;
    if (size > whole)
      throw new InputError(paths[pass], 'size', `expected at most ${whole} bytes ${from}, found ${size}`);
    if (recordBy === 'image' && channels > 1 && size < whole)
      throw new InputError(
        paths[pass],
        'size',
        `expected ${whole} bytes ${from}, since image order cannot be read before it is complete, found ${size}`,
      );
  }
  return layout;
}

/** Bytes of a complete file of the layout, the fly-back of the last row included. */
export const fullSize = (layout: CubeLayout): number =>
  layout.byteOffset + recordCount(layout) * layout.channels * BYTES_PER_SAMPLE[layout.dtype];

async function existing(path: string): Promise<{ path: string; size: number } | undefined> {
  try {
    return { path, size: (await stat(path)).size };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw inputFault(error, path);
  }
}

const growing = (layout: CubeLayout): string[] => (layout.recordBy === 'vector' ? layout.paths : []);

/** Paths `<stem>.<name>.rpl`, in the order of their names. */
async function companionsOf(stem: string): Promise<string[]> {
  const prefix = `${basename(stem)}.`;
  const names = await readdir(dirname(stem));
  return names
    .filter((name) => name.startsWith(prefix) && /^[^.]+\.rpl$/i.test(name.slice(prefix.length)))
    .sort()
    .map((name) => join(dirname(stem), name));
}

/** @throws InputError when the companion does not fit its scan; a spectrum image of its own is passed over */
async function addCompanion(
  scan: ScanFile,
  path: string,
  core: RippleHeader,
  { shape: given }: Pick<OpenOptions, 'shape'>,
): Promise<void> {
  const stem = path.slice(0, -extname(path).length);
  const isLowLoss = stem.endsWith(LOW_LOSS);
  const header = await readHeader(path, given ? { shape: given } : {});
  if (!isLowLoss && header.channels > 1) return;
  const [expected, found] = [core, header].map(
    ({ shape, order = 'raster', flybackColumns = 0, passes = 1 }) =>
      `${shape[0]} × ${shape[1]} ${order}, fly-back ${flybackColumns}, passes ${passes}`,
  );
  if (expected !== found)
    throw new InputError(path, 'shape', `expected ${expected} as its scan has it, found ${found}`);
  if (isLowLoss && !header.energy) throw noAxis(path);
  const cube = await layoutOf(stem, header);
  if (isLowLoss) await checkByteOrder(cube);
  scan.growing.push(...growing(cube));
  if (!isLowLoss || !header.energy) {
    scan.scalars.push({ name: extname(stem).slice(1).toUpperCase(), cube });
    return;
  }
  scan.lowLoss = cube;
  scan.scan.lowLoss = { channels: header.channels, energy: header.energy, dtype: header.dtype };
}
