import { type FileHandle, open } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import {
  BYTES_PER_SAMPLE,
  type DType,
  type EnergyAxis,
  InputError,
  type Scan,
} from '../../protocol/index.ts';
import { ByteWindow } from './byte-window.ts';
import type { CubeLayout } from './cube.ts';
import { type DmFile, type DmGroup, dmGroup, dmNumber, dmTag, dmText, readDmTags } from './dm-tags.ts';
import type { Format, OpenOptions, ScanFile } from './format.ts';
import { inputFault } from './input-fault.ts';
import { lossName } from './loss-names.ts';
import { checkSameScan } from './low-loss-file.ts';
import { pixelSizeNm } from './pixel-size.ts';
import { checkScanSize } from './scan-limits.ts';
import { readAcquisition } from './vocabulary.ts';

/** ImageData.DataType of real numbers that spectra are recorded in; 9 (i8), complex and colour images are not. */
const DATA_TYPES: Record<number, DType> = {
  1: 'i16',
  2: 'f32',
  6: 'u8',
  7: 'i32',
  10: 'u16',
  11: 'u32',
  12: 'f64',
};

/**
 * Gatan DM3 and DM4 files, which are written whole when the scan is over. Spectrum images are stored as energy
 * planes (E, y, x); a single spectrum is taken for a scan of one pixel.
 */
export const digitalMicrograph: Format = {
  name: 'DigitalMicrograph',
  suffixes: ['.dm3', '.dm4'],
  async open(path: string, options: OpenOptions = {}): Promise<ScanFile> {
    let file: FileHandle | undefined;
    try {
      file = await open(path);
      const dm = await readDmTags(new ByteWindow(file, path, (await file.stat()).size), path);
      return scanOf(dm, path, options);
    } catch (error) {
      throw inputFault(error, path);
    } finally {
      await file?.close();
    }
  },
};

const ENERGY = /^k?eV$/i;

/** One axis of an image; `size` samples, value (i − origin)·scale. */
interface Dimension {
  size: number;
  origin: number;
  scale: number;
  units: string;
}

function scanOf(dm: DmFile, path: string, options: OpenOptions): ScanFile {
  const images = pictures(dm.tags, path);
  const eels = images.filter((image) => isEels(image));
  if (eels.length === 0) throw notEels(images, path);
  const lows = lowLossImages(eels, path);
  const image = eels.find((one) => !lows.includes(one)) ?? eels[0];
  const { energy, pixel, layout: core } = spectraOf(dm, image, path);
  const { shape, channels, dtype } = core;
  const stem = basename(path, extname(path));
  const scan: Scan = {
    id: stem,
    name: stem,
    shape,
    channels,
    energy: options.energy ?? energy,
    dtype,
    ...metadata(image, pixel),
  };
  const file: ScanFile = { scan, core, scalars: [], growing: [], faults: [] };
  for (const low of lows)
    try {
      if (low === image || file.lowLoss) continue;
      const found = spectraOf(dm, low, path);
      checkSameScan(path, core, found.layout);
      file.lowLoss = found.layout;
      const { channels, dtype } = found.layout;
      scan.lowLoss = { channels, energy: found.energy, dtype };
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      file.faults?.push(error);
    }
  return { ...file, faults: file.lowLoss ? [] : (file.faults ?? []) };
}

/** Images that are the low loss of others: called so, or with 0 eV on their axis where others have it not. */
function lowLossImages(eels: DmGroup[], path: string): DmGroup[] {
  const named = eels.filter((image) => lossName(dmText(image, 'Name') ?? '')?.kind === 'low');
  if (named.length > 0 && named.length < eels.length) return named;
  const low = eels.filter((image) => {
    const axis = dimensionsOf(image, path).find(({ units }) => ENERGY.test(units));
    return axis !== undefined && axis.origin > 0 && axis.origin < axis.size;
  });
  return low.length < eels.length ? low : [];
}

/** Where the spectra of an image lie, and what its axes are. */
function spectraOf(
  dm: DmFile,
  image: DmGroup,
  path: string,
): { energy: EnergyAxis; pixel: Dimension | undefined; layout: CubeLayout } {
  const dimensions = dimensionsOf(image, path);
  const { shape, recordBy, energyAt } = arrangement(dimensions, path);
  const axis = dimensions[energyAt];
  checkScanSize(path, shape, axis.size);

  const type = dmNumber(image, 'ImageData', 'DataType') ?? Number.NaN;
  const dtype = DATA_TYPES[type];
  if (!dtype)
    throw new InputError(
      path,
      'ImageData.DataType',
      `expected real numbers (1, 2, 6, 7, 10, 11, 12), found ${type}`,
    );
  const data = dmTag(image, 'ImageData', 'Data');
  if (typeof data !== 'object' || data instanceof Map)
    throw new InputError(path, 'ImageData.Data', 'expected samples, found none');
  const bytes = shape[0] * shape[1] * axis.size * BYTES_PER_SAMPLE[dtype];
  if (data.bytes !== bytes)
    throw new InputError(
      path,
      'ImageData.Data',
      `expected ${bytes} bytes (${dimensions.map(({ size }) => size).join(' × ')} of ${dtype}), found ${data.bytes}`,
    );
  const layout: CubeLayout = {
    paths: [path],
    byteOffset: data.offset,
    dtype,
    littleEndian: dm.littleEndian,
    recordBy,
    shape,
    channels: axis.size,
    order: 'raster',
    flybackColumns: 0,
  };
  return {
    energy: energyAxis(axis, path),
    pixel: dimensions[energyAt === 0 ? 1 : 0],
    layout,
  };
}

/** The images of the file but for the thumbnails. */
function pictures(tags: DmGroup, path: string): DmGroup[] {
  const list = dmGroup(tags, 'ImageList');
  if (!list) throw new InputError(path, 'ImageList', 'expected images, found none');
  const thumbnails = new Set<string>();
  for (const thumbnail of dmGroup(tags, 'Thumbnails')?.values() ?? [])
    if (thumbnail instanceof Map) thumbnails.add(String(dmNumber(thumbnail, 'ImageIndex')));
  return [...list]
    .filter(([name]) => !thumbnails.has(name))
    .map(([, image]) => image)
    .filter((image): image is DmGroup => image instanceof Map && dmGroup(image, 'ImageData') !== undefined);
}

const signalOf = (image: DmGroup): string => dmText(image, 'ImageTags', 'Meta Data', 'Signal') ?? '';

const unitsOf = (image: DmGroup): string[] =>
  [...(dmGroup(image, 'ImageData', 'Calibrations', 'Dimension')?.values() ?? [])].map((dimension) =>
    dimension instanceof Map ? (dmText(dimension, 'Units') ?? '') : '',
  );

/** Declared as EELS, or undeclared with an axis in eV and nothing that speaks of X-rays. */
function isEels(image: DmGroup): boolean {
  const hasEnergy = unitsOf(image).some((units) => ENERGY.test(units));
  const signal = signalOf(image);
  if (signal !== '') return /EELS/i.test(signal) && hasEnergy;
  return unitsOf(image).includes('eV') && !dmGroup(image, 'ImageTags', 'EDS');
}

function notEels(images: DmGroup[], path: string): InputError {
  const found = images.map((image) => {
    const signal = signalOf(image);
    const units = unitsOf(image).filter(Boolean);
    const sizes = sizesOf(image).join(' × ');
    return `${signal || 'a plain image'} of ${sizes}${units.length > 0 ? ` in ${units.join(', ')}` : ''}`;
  });
  return new InputError(
    path,
    'signal',
    `expected EELS spectra with an axis in eV, found ${found.join(' and ') || 'no image'}`,
  );
}

const sizesOf = (image: DmGroup): number[] =>
  [...(dmGroup(image, 'ImageData', 'Dimensions')?.values() ?? [])].filter((size) => typeof size === 'number');

function dimensionsOf(image: DmGroup, path: string): Dimension[] {
  const calibrations = dmGroup(image, 'ImageData', 'Calibrations', 'Dimension') ?? new Map();
  const dimensions = sizesOf(image).map((size, index) => ({
    size,
    origin: dmNumber(calibrations, String(index), 'Origin') ?? 0,
    scale: dmNumber(calibrations, String(index), 'Scale') ?? 1,
    units: dmText(calibrations, String(index), 'Units') ?? '',
  }));
  if (dimensions.length < 1 || dimensions.length > 3)
    throw new InputError(path, 'ImageData.Dimensions', `expected 1 to 3, found ${dimensions.length}`);
  return dimensions;
}

/** Dimensions are in the order of the fastest index first, usually x, y, E. */
function arrangement(
  dimensions: Dimension[],
  path: string,
): { shape: [number, number]; recordBy: 'vector' | 'image'; energyAt: number } {
  const energyAt = dimensions.findIndex(({ units }) => ENERGY.test(units));
  const [columns = 1, rows = 1] = dimensions.filter((_, index) => index !== energyAt).map(({ size }) => size);
  if (energyAt !== 0 && energyAt !== dimensions.length - 1)
    throw new InputError(
      path,
      'ImageData.Calibrations',
      'expected the energy axis to be the first or the last one',
    );
  return { shape: [rows, columns], recordBy: energyAt === 0 ? 'vector' : 'image', energyAt };
}

function energyAxis(axis: Dimension, path: string): EnergyAxis {
  const factor = /^kev$/i.test(axis.units) ? 1000 : 1;
  const energy: EnergyAxis = {
    offset: -axis.origin * axis.scale * factor,
    dispersion: axis.scale * factor,
    units: 'eV',
  };
  if (!(energy.dispersion > 0 && Number.isFinite(energy.dispersion) && Number.isFinite(energy.offset)))
    throw new InputError(
      path,
      'ImageData.Calibrations',
      `expected an energy axis with a dispersion above 0, found ${energy.dispersion} eV from ${energy.offset} eV`,
    );
  return energy;
}

function metadata(image: DmGroup, pixel: Dimension | undefined): Partial<Scan> {
  const size = pixel && pixelSizeNm(pixel.scale, pixel.units);
  return {
    ...readAcquisition('digitalMicrograph', (path) => dmNumber(image, 'ImageTags', ...path.split('.'))),
    ...(size !== undefined && { pixelSizeNm: size }),
  };
}
