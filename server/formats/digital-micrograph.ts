import type { FileHandle } from 'node:fs/promises';
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
import { energyAxis, wrongAxis } from './energy-axis.ts';
import { energyUnit } from './energy-unit.ts';
import type { Format, OpenOptions, ScanFile } from './format.ts';
import { inputFault } from './input-fault.ts';
import { lossName } from './loss-names.ts';
import { checkSameScan } from './low-loss-file.ts';
import { pixelSizeNm } from './pixel-size.ts';
import { PlainImageError } from './plain-image.ts';
import { openRegularFile } from './regular-file.ts';
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
      file = await openRegularFile(path);
      const dm = await readDmTags(new ByteWindow(file, path, (await file.stat()).size), path);
      return scanOf(dm, path, options);
    } catch (error) {
      throw inputFault(error, path);
    } finally {
      await file?.close();
    }
  },
};

const CALIBRATIONS = 'ImageData.Calibrations';

/** One axis of an image; `size` samples, value (i − origin)·scale. What the file leaves out is undefined. */
interface Dimension {
  size: number;
  origin: number | undefined;
  scale: number | undefined;
  units: string;
}

const isEnergy = ({ units }: Pick<Dimension, 'units'>): boolean => energyUnit(units) !== undefined;

function scanOf(dm: DmFile, path: string, options: OpenOptions): ScanFile {
  const images = pictures(dm.tags, path);
  const inEv = images.filter(isInEv);
  const eels = inEv.length > 0 ? inEv : images.filter((image) => mayBeEels(image, options.energy));
  if (eels.length === 0) throw notEels(images, path);
  const lows = lowLossImages(eels, path);
  const image = eels.find((one) => !lows.includes(one)) ?? eels[0];
  const { energy, pixel, layout: core } = spectraOf(dm, image, path, options.energy);
  const { shape, channels, dtype } = core;
  const stem = basename(path, extname(path));
  const scan: Scan = {
    id: stem,
    name: stem,
    shape,
    channels,
    energy,
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
    const axis = dimensionsOf(image, path).find(isEnergy);
    return axis?.origin !== undefined && axis.origin > 0 && axis.origin < axis.size;
  });
  return low.length < eels.length ? low : [];
}

/** Where the spectra of an image lie, and what its axes are. */
function spectraOf(
  dm: DmFile,
  image: DmGroup,
  path: string,
  given?: EnergyAxis,
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
    energy: energyOf(axis, signalOf(image) !== '', path, given),
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

const signalOf = (image: DmGroup): string =>
  (dmText(image, 'ImageTags', 'Meta Data', 'Signal') ?? '').replaceAll('\0', '').trim();

const unitsOf = (image: DmGroup): string[] =>
  [...(dmGroup(image, 'ImageData', 'Calibrations', 'Dimension')?.values() ?? [])].map((dimension) =>
    dimension instanceof Map ? (dmText(dimension, 'Units') ?? '') : '',
  );

/** Declared as EELS with an axis of energy, or undeclared with one in eV and nothing that speaks of X-rays. */
function isInEv(image: DmGroup): boolean {
  const factors = unitsOf(image).map((units) => energyUnit(units) ?? Number.NaN);
  const signal = signalOf(image);
  if (signal !== '') return /EELS/i.test(signal) && factors.some((factor) => factor > 0);
  return factors.some((factor) => factor < 1000) && !dmGroup(image, 'ImageTags', 'EDS');
}

/** Declared as EELS, or undeclared and such that the operator may have given the axis: with one in keV, or a cube. */
function mayBeEels(image: DmGroup, given: EnergyAxis | undefined): boolean {
  const signal = signalOf(image);
  if (signal !== '') return /EELS/i.test(signal);
  if (given === undefined || dmGroup(image, 'ImageTags', 'EDS')) return false;
  return sizesOf(image).length === 3 || unitsOf(image).some((units) => energyUnit(units) !== undefined);
}

/** At most two dimensions, and none of energy. */
const isPlain = (image: DmGroup): boolean =>
  signalOf(image) === '' &&
  sizesOf(image).length <= 2 &&
  !unitsOf(image).some((units) => energyUnit(units) !== undefined);

function notEels(images: DmGroup[], path: string): InputError {
  const found = images.map((image) => {
    const signal = signalOf(image);
    const units = unitsOf(image).filter(Boolean);
    const sizes = sizesOf(image).join(' × ');
    return `${signal || 'a plain image'} of ${sizes}${units.length > 0 ? ` in ${units.join(', ')}` : ''}`;
  });
  const arePlain = images.length > 0 && images.every(isPlain);
  return new (arePlain ? PlainImageError : InputError)(
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
    origin: dmNumber(calibrations, String(index), 'Origin'),
    scale: dmNumber(calibrations, String(index), 'Scale'),
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
  const energyAt = energyIndex(dimensions, path);
  const [columns = 1, rows = 1] = dimensions.filter((_, index) => index !== energyAt).map(({ size }) => size);
  if (energyAt !== 0 && energyAt !== dimensions.length - 1)
    throw new InputError(path, CALIBRATIONS, 'expected the energy axis to be the first or the last one');
  return { shape: [rows, columns], recordBy: energyAt === 0 ? 'vector' : 'image', energyAt };
}

/** The axis in eV; where none says so, the one that has no length among others that have, or the last one of a cube. */
function energyIndex(dimensions: Dimension[], path: string): number {
  const inEv = dimensions.findIndex(isEnergy);
  if (inEv >= 0) return inEv;
  const others = dimensions.flatMap(({ units }, index) =>
    pixelSizeNm(1, units) === undefined ? [index] : [],
  );
  if (others.length === 1) return others[0];
  if (dimensions.length === 3) return 2;
  throw wrongAxis(
    { place: path, canBeGiven: false },
    CALIBRATIONS,
    'an axis in eV',
    `${dimensions.length} without units: nothing tells which one is energy; set the unit in DigitalMicrograph`,
  );
}

function energyOf(axis: Dimension, isEels: boolean, path: string, given: EnergyAxis | undefined): EnergyAxis {
  const { origin, scale: dispersion, units } = axis;
  const offset = origin !== undefined && dispersion !== undefined ? -origin * dispersion : undefined;
  const fields = { offset: CALIBRATIONS, dispersion: CALIBRATIONS, units: CALIBRATIONS };
  return energyAxis({ place: path, fields, offset, dispersion, units, isEels }, given);
}

function metadata(image: DmGroup, pixel: Dimension | undefined): Partial<Scan> {
  const size = pixel && pixelSizeNm(pixel.scale, pixel.units);
  return {
    ...readAcquisition('digitalMicrograph', (path) => dmNumber(image, 'ImageTags', ...path.split('.'))),
    ...(size !== undefined && { pixelSizeNm: size }),
  };
}
