import { type DType, type EnergyAxis, InputError, type Scan } from '../../../protocol/index.ts';
import type { OpenOptions, ScanFile } from '../format.ts';
import { checkScanSize } from '../scan-limits.ts';
import { CubeUnpacker } from '../unpacking/cube-unpacker.ts';
import { spoolFolder } from '../unpacking/spool.ts';
import { energyAxis, GIVE_ENERGY } from './energy-axis.ts';
import { energyUnit } from './energy-unit.ts';
import { lossName } from './loss-names.ts';
import { checkSameScan } from './low-loss-file.ts';
import { pixelSizeNm } from './pixel-size.ts';
import { PlainImageError } from './plain-image.ts';
import { byTheirSize, chosenImage, leftOut } from './several-images.ts';
import { describeSignal, type StoredAxis, type StoredSignal, UNPACKED_TYPES } from './stored-signal.ts';

/** At most two dimensions, and none of energy. */
const isPlain = ({ signalType, axes }: StoredSignal): boolean =>
  signalType === '' && axes.length <= 2 && !axes.some(({ units }) => energyUnit(units ?? '') !== undefined);

/** A signal that is a spectrum image, a line scan or a spectrum of energy losses. */
interface Spectra {
  signal: StoredSignal;
  /** What keeps its axis from being one of energy, where only the operator can give it. */
  energy: EnergyAxis | InputError;
  /** Which axes of the array are rows, columns and energy. */
  rowAxis: number | undefined;
  columnAxis: number | undefined;
  energyAxis: number;
  shape: [number, number];
  channels: number;
  dtype: DType;
}

/**
 * The scan among the signals of a file: the largest that holds EELS spectra, or the one that the operator has chosen. One whose axis holds 0 eV, or that is called so, is the low loss of
 * another with the same pixels. Other spectra are left out, and said so; images are passed over.
 * @param path the file, for messages
 * @throws InputError when none of them is EELS, or the one that is cannot be read
 */
export async function scanOfSignals(
  signals: StoredSignal[],
  path: string,
  stem: string,
  options: OpenOptions,
): Promise<ScanFile> {
  const folder = await spoolFolder(options.scratch);
  const chosen = chosenImage(signals, options.image, describeSignal, path);
  const inEv = signals.filter(isInEv);
  const isGiven = inEv.length === 0 || (chosen !== undefined && !inEv.includes(chosen));
  const eels = isGiven ? signals.filter((signal) => mayBeEels(signal, options.energy)) : inEv;
  if (chosen && !eels.includes(chosen))
    throw new InputError(
      path,
      'signal',
      `expected EELS spectra with an axis in eV, found ${describeSignal(chosen)}`,
    );
  if (eels.length === 0)
    throw new (signals.length > 0 && signals.every(isPlain) ? PlainImageError : InputError)(
      path,
      'signal',
      `expected EELS spectra with an axis in eV, found ${signals.map(describeSignal).slice(0, 5).join(' and ') || 'no signal'}`,
    );
  const faults: InputError[] = [];
  const spectra = eels.flatMap((signal) => {
    try {
      const found = spectraOf(signal, path);
      if (found.energy instanceof InputError && !options.energy) throw found.energy;
      return [found];
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      faults.push(error);
      return [];
    }
  });
  const extentOf = ({ shape, channels }: Spectra) => ({ pixels: shape[0] * shape[1], channels });
  spectra.sort((a, b) => byTheirSize(extentOf(a), extentOf(b)));
  const ofChosen = spectra.find(({ signal }) => signal === chosen);
  const named = lowLosses(spectra);
  // The low loss of another is a scan of its own where it was chosen.
  const lows = ofChosen && named.includes(ofChosen) ? [] : named;
  const core = chosen ? ofChosen : (spectra.find((one) => !lows.includes(one)) ?? spectra[0]);
  if (!core) throw faults[0];

  const energy = options.energy ?? core.energy;
  if (energy instanceof InputError) throw energy;
  const unpacker = unpackerOf(core, folder);
  const { shape, channels, dtype, signal } = core;
  const columns = core.columnAxis === undefined ? undefined : signal.axes[core.columnAxis];
  const size = columns?.scale && pixelSizeNm(Math.abs(columns.scale.step), columns.units ?? '');
  const scan: Scan = {
    id: stem,
    name: stem,
    shape,
    channels,
    energy,
    dtype,
    ...signal.acquisition,
    ...(size !== undefined && { pixelSizeNm: size }),
    ...(signal.simulated && { simulated: true }),
  };
  const file: ScanFile = {
    scan,
    core: unpacker.layout,
    scalars: [],
    growing: [],
    unpack: { core: unpacker },
    faults,
  };
  for (const low of lows.filter((one) => one !== core))
    try {
      // One of other pixels is that of another signal.
      if (file.lowLoss || (chosen && low.shape.join() !== shape.join())) continue;
      if (low.energy instanceof InputError) throw low.energy;
      const lowUnpacker = unpackerOf(low, folder);
      checkSameScan(path, unpacker.layout, lowUnpacker.layout);
      file.lowLoss = lowUnpacker.layout;
      file.unpack = { core: unpacker, lowLoss: lowUnpacker };
      scan.lowLoss = { channels: low.channels, energy: low.energy, dtype: low.dtype };
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      faults.push(error);
    }
  const left = spectra
    .filter((one) => one !== core && one.signal.array !== file.unpack?.lowLoss?.source && !lows.includes(one))
    .map(({ signal }) => signal);
  if (!chosen && left.length > 0)
    faults.push(leftOut(signals, signal, (one) => left.includes(one), describeSignal, path));
  return file;
}

const isEnergy = ({ units }: StoredAxis): boolean => energyUnit(units) !== undefined;

/** Declared as EELS with an axis of energy, or undeclared with one in eV (X-rays are in keV). */
const isInEv = ({ signalType, axes }: StoredSignal): boolean =>
  signalType === ''
    ? axes.some(({ units }) => (energyUnit(units) ?? 1000) < 1000)
    : /EELS/i.test(signalType) && axes.some(isEnergy);

/** Declared as EELS, or undeclared with an axis that the operator may have given. */
const mayBeEels = ({ signalType, axes }: StoredSignal, given: EnergyAxis | undefined): boolean =>
  signalType === ''
    ? given !== undefined && (axes.some(isEnergy) || signalAxisOf(axes) !== undefined)
    : /EELS/i.test(signalType);

/** The one axis that is not over pixels, where the file says so. */
function signalAxisOf(axes: StoredAxis[]): number | undefined {
  if (axes.length === 1) return 0;
  const own = axes.flatMap(({ navigate }, index) => (navigate === false ? [index] : []));
  const named = axes.flatMap(({ name }, index) => (/energy|loss/i.test(name ?? '') ? [index] : []));
  const found = own.length > 0 ? own : named;
  return found.length === 1 ? found[0] : undefined;
}

function lowLosses(spectra: Spectra[]): Spectra[] {
  const named = spectra.filter(({ signal }) => lossName(signal.name)?.kind === 'low');
  if (named.length > 0 && named.length < spectra.length) return named;
  const low = spectra.filter(
    ({ energy, channels }) =>
      !(energy instanceof InputError) &&
      energy.offset < 0 &&
      energy.offset + energy.dispersion * (channels - 1) > 0,
  );
  return low.length < spectra.length ? low : [];
}

function spectraOf(signal: StoredSignal, path: string): Spectra {
  const { axes, array } = signal;
  const field = `${signal.name} axes`;
  if (array.shape.length < 1 || array.shape.length > 3)
    throw new InputError(
      path,
      field,
      `expected energy and at most two axes of pixels, found ${array.shape.length} axes`,
    );
  if (axes.length !== array.shape.length || axes.some(({ size }, index) => size !== array.shape[index]))
    throw new InputError(
      path,
      field,
      `expected those of ${array.shape.join(' × ')} samples, found ${axes.map(({ size }) => size).join(' × ') || 'none'}`,
    );
  const energyAt = energyAxisOf(axes, path, field);
  const pixels = axes.flatMap((_, index) => (index === energyAt ? [] : [index]));
  const navigated =
    axes[energyAt].navigate === false && pixels.find((index) => axes[index].navigate === false);
  if (navigated !== false && navigated !== undefined)
    throw new InputError(
      path,
      axes[navigated].place,
      'expected an axis of pixels beside that of energy, found one of the signal: sum over it and save one spectrum per pixel',
    );
  const columnAxis = pixels.find((index) => index === signal.columnAxis) ?? pixels.at(-1);
  const rowAxis = pixels.find((index) => index !== columnAxis);
  const sizeOf = (index: number | undefined) => (index === undefined ? 1 : array.shape[index]);
  const shape: [number, number] = [sizeOf(rowAxis), sizeOf(columnAxis)];
  const channels = array.shape[energyAt];
  checkScanSize(path, shape, channels);
  const dtype = Object.hasOwn(UNPACKED_TYPES, array.type) ? UNPACKED_TYPES[array.type] : undefined;
  if (!dtype)
    throw new InputError(
      path,
      array.name,
      `expected real numbers (${Object.keys(UNPACKED_TYPES).join(', ')}), found ${array.type}`,
    );
  const energy = energyOfAxis(axes[energyAt], signal.signalType !== '', path);
  return { signal, energy, rowAxis, columnAxis, energyAxis: energyAt, shape, channels, dtype };
}

function energyAxisOf(axes: StoredAxis[], path: string, field: string): number {
  const inEv = axes.flatMap((axis, index) => (isEnergy(axis) ? [index] : []));
  const found = inEv.length > 1 ? inEv.filter((index) => axes[index].navigate !== true) : inEv;
  const index = found.length === 0 ? signalAxisOf(axes) : found[0];
  if (found.length > 1 || index === undefined)
    throw new InputError(
      path,
      field,
      `expected one axis in eV, found ${found.length || 'none'}: units or names have to tell which one is energy`,
    );
  return index;
}

function energyOfAxis(
  { scale, units = '', place: field }: StoredAxis,
  isEels: boolean,
  path: string,
): EnergyAxis | InputError {
  if (!scale)
    return new InputError(
      path,
      field,
      `expected energies at equal distances, found an axis that is not linear; ${GIVE_ENERGY}`,
    );
  const { offset, step: dispersion } = scale;
  const fields = { offset: field, dispersion: field, units: field };
  try {
    return energyAxis({ place: path, fields, offset, dispersion, units, isEels });
  } catch (error) {
    if (error instanceof InputError) return error;
    throw error;
  }
}

const unpackerOf = ({ signal, rowAxis, columnAxis, energyAxis: energy, dtype }: Spectra, folder: string) =>
  new CubeUnpacker(
    signal.array,
    { row: rowAxis, column: columnAxis, energy, descending: signal.descending ?? false },
    dtype,
    folder,
  );
