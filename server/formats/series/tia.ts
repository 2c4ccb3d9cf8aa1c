import type { FileHandle } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { InputError, type Scan } from '../../../protocol/index.ts';
import { ByteWindow } from '../files/byte-window.ts';
import { openRegularFile } from '../files/regular-file.ts';
import type { Format, OpenOptions, ScanFile } from '../format.ts';
import { inputFault } from '../input-fault.ts';
import { checkScanSize } from '../scan-limits.ts';
import { energyAxis } from '../signals/energy-axis.ts';
import { pixelSizeNm } from '../signals/pixel-size.ts';
import { spoolFolder } from '../unpacking/spool.ts';
import { SeriesUnpacker } from './series-unpacker.ts';
import { readTiaHeader, START_BYTES, type TiaHeader } from './tia-header.ts';
import { TiaSeries } from './tia-series.ts';

/** A series does not say what its spectra are: X-ray detectors have 5 eV per channel and more, spectrometers of EELS less. */
const MOST_EV_PER_CHANNEL = 2.5;
/** Of the `.emi` as much is read. */
const MOST_EMI_BYTES = 4 * 2 ** 20;

/** Series of spectra by TIA (FEI, Thermo Fisher): spectrum images and line profiles, also while they are written. */
export const tia: Format = {
  name: 'TIA',
  suffixes: ['.ser'],
  beside: ['.emi'],
  isAppended: true,
  async open(path: string, options: OpenOptions = {}): Promise<ScanFile> {
    let file: FileHandle | undefined;
    try {
      file = await openRegularFile(path);
      const header = await readTiaHeader(new ByteWindow(file, path, (await file.stat()).size), path);
      return await scanOf(header, path, options);
    } catch (error) {
      throw inputFault(error, path);
    } finally {
      await file?.close();
    }
  },
};

async function scanOf(header: TiaHeader, path: string, options: OpenOptions): Promise<ScanFile> {
  const { dimensions, element } = header;
  if (dimensions.length > 2)
    throw new InputError(path, 'NumberDimensions', `expected 1 or 2, found ${dimensions.length}`);
  if (!options.energy && Math.abs(element.dispersion) > MOST_EV_PER_CHANNEL)
    throw new InputError(
      path,
      'CalibrationDelta',
      `expected EELS, at most ${MOST_EV_PER_CHANNEL} eV per channel, found ${element.dispersion}, as X-rays have; --energy offset,dispersion says that it is EELS`,
    );
  const { offset, dispersion } = element;
  const fields = { offset: 'CalibrationOffset', dispersion: 'CalibrationDelta', units: 'Calibration' };
  const claim = { place: path, fields, offset, dispersion, units: 'eV', isEels: true };
  const energy = energyAxis(claim, options.energy);
  const [columns = 1, rows = 1] = dimensions.map(({ size }) => size);
  const shape: [number, number] = [rows, columns];
  checkScanSize(path, shape, element.channels);
  const series = new TiaSeries(path, header, shape);
  const unpacker = new SeriesUnpacker(series, await spoolFolder(options.scratch));
  const stem = basename(path, extname(path));
  const [{ step, units } = { step: 0, units: '' }] = dimensions;
  const size = pixelSizeNm(Math.abs(step), units === 'meters' ? 'm' : units);
  const beamKv = await beamKvOf(path);
  const scan: Scan = {
    id: stem,
    name: stem,
    shape,
    channels: series.channels,
    energy,
    dtype: series.dtype,
    ...(size !== undefined && { pixelSizeNm: size }),
    ...(beamKv !== undefined && { beamKv }),
  };
  return {
    scan,
    core: unpacker.layout,
    scalars: [],
    growing: [path],
    headerBytes: START_BYTES,
    unpack: { core: unpacker },
  };
}

/** The acceleration voltage that the `.emi` of a series `<stem>_<n>.ser` says, `<stem>.emi`; undefined where there is none. */
async function beamKvOf(path: string): Promise<number | undefined> {
  const emi = `${path.slice(0, -extname(path).length).replace(/_\d+$/, '')}.emi`;
  let file: FileHandle | undefined;
  try {
    file = await openRegularFile(emi);
    const bytes = Buffer.alloc(Math.min((await file.stat()).size, MOST_EMI_BYTES));
    const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
    const text = bytes.toString('latin1', 0, bytesRead);
    const volts = Number(/<AcceleratingVoltage>\s{0,9}(\d{1,9}(?:\.\d{0,9})?)\s{0,9}</.exec(text)?.[1]);
    return volts > 0 ? volts / 1000 : undefined;
  } catch {
    // What is said beside the spectra is no reason not to read them.
    return undefined;
  } finally {
    await file?.close();
  }
}
