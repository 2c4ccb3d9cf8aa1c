import type { FileHandle } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import {
  BYTES_PER_SAMPLE,
  type DType,
  type EnergyAxis,
  InputError,
  type Scan,
} from '../../../protocol/index.ts';
import type { CubeLayout } from '../cube.ts';
import { ByteWindow } from '../files/byte-window.ts';
import { openRegularFile } from '../files/regular-file.ts';
import type { Format, OpenOptions, ScanFile } from '../format.ts';
import { inputFault } from '../input-fault.ts';
import { checkScanSize } from '../scan-limits.ts';
import { energyAxis, wrongAxis } from '../signals/energy-axis.ts';
import { energyUnit } from '../signals/energy-unit.ts';
import { lossName } from '../signals/loss-names.ts';
import { checkSameScan } from '../signals/low-loss-file.ts';
import { pixelSizeNm } from '../signals/pixel-size.ts';
import { byTheirSize, chosenImage, leftOut } from '../signals/several-images.ts';
import { readAcquisition } from '../signals/vocabulary.ts';
import {
  describeImage,
  extentOf,
  isInEv,
  mayBeEels,
  notEels,
  pictures,
  signalOf,
  sizesOf,
} from './dm-images.ts';
import { type DmFile, type DmGroup, dmGroup, dmNumber, dmTag, dmText, readDmTags } from './dm-tags.ts';

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
  hasImages: true,
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
  const chosen = chosenImage(images, options.image, describeImage, path);
  const inEv = images.filter(isInEv);
  const isGiven = inEv.length === 0 || (chosen !== undefined && !inEv.includes(chosen));
  const eels = isGiven ? images.filter((image) => mayBeEels(image, options.energy)) : inEv;
  if (eels.length === 0 || (chosen && !eels.includes(chosen)))
    throw notEels(chosen ? [chosen] : images, path);
  const lows = lowLossImages(eels, path);
  const cores = eels.filter((one) => !lows.includes(one));
  const { image, spectra, faults } = firstReadable(
    dm,
    chosen
      ? [chosen]
      : (cores.length > 0 ? cores : eels).sort((a, b) => byTheirSize(extentOf(a), extentOf(b))),
    path,
    options.energy,
  );
  const { energy, pixel, layout: core } = spectra;
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
  const file: ScanFile = { scan, core, scalars: [], growing: [], faults };
  const lowFaults: InputError[] = [];
  for (const low of lows.includes(image) ? [] : lows)
    try {
      if (file.lowLoss) continue;
      const found = spectraOf(dm, low, path);
      checkSameScan(path, core, found.layout);
      file.lowLoss = found.layout;
      const { channels, dtype } = found.layout;
      scan.lowLoss = { channels, energy: found.energy, dtype };
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      lowFaults.push(error);
    }
  const others = cores.filter((one) => one !== image);
  if (!chosen && others.length > 0)
    faults.push(leftOut(images, image, (one) => others.includes(one), describeImage, path));
  // Of a chosen image a low loss with other pixels is that of another.
  return { ...file, faults: [...faults, ...(file.lowLoss || chosen ? [] : lowFaults)] };
}

/** The first of some images whose spectra can be read, and what is wrong with those before it. */
function firstReadable(
  dm: DmFile,
  images: DmGroup[],
  path: string,
  given: EnergyAxis | undefined,
): { image: DmGroup; spectra: ReturnType<typeof spectraOf>; faults: InputError[] } {
  const faults: InputError[] = [];
  for (const image of images)
    try {
      return { image, spectra: spectraOf(dm, image, path, given), faults };
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      faults.push(error);
    }
  throw faults[0];
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
