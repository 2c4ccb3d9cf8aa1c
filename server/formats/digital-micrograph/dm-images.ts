import { type EnergyAxis, InputError } from '../../../protocol/index.ts';
import { energyUnit } from '../signals/energy-unit.ts';
import { PlainImageError } from '../signals/plain-image.ts';
import { type DmGroup, dmGroup, dmNumber, dmText } from './dm-tags.ts';

/** The images of the file but for the thumbnails. */
export function pictures(tags: DmGroup, path: string): DmGroup[] {
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

/** What an image says it is of, e.g. `EELS`; empty where it says nothing. */
export const signalOf = (image: DmGroup): string =>
  (dmText(image, 'ImageTags', 'Meta Data', 'Signal') ?? '').replaceAll('\0', '').trim();

const unitsOf = (image: DmGroup): string[] =>
  [...(dmGroup(image, 'ImageData', 'Calibrations', 'Dimension')?.values() ?? [])].map((dimension) =>
    dimension instanceof Map ? (dmText(dimension, 'Units') ?? '') : '',
  );

/** Declared as EELS with an axis of energy, or undeclared with one in eV and nothing that speaks of X-rays. */
export function isInEv(image: DmGroup): boolean {
  const factors = unitsOf(image).map((units) => energyUnit(units) ?? Number.NaN);
  const signal = signalOf(image);
  if (signal !== '') return /EELS/i.test(signal) && factors.some((factor) => factor > 0);
  return factors.some((factor) => factor < 1000) && !dmGroup(image, 'ImageTags', 'EDS');
}

/** Declared as EELS, or undeclared and such that the operator may have given the axis: with one in keV, or a cube. */
export function mayBeEels(image: DmGroup, given: EnergyAxis | undefined): boolean {
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

/** Says that none of some images is one of EELS spectra. */
export function notEels(images: DmGroup[], path: string): InputError {
  const arePlain = images.length > 0 && images.every(isPlain);
  return new (arePlain ? PlainImageError : InputError)(
    path,
    'signal',
    `expected EELS spectra with an axis in eV, found ${images.map(describeImage).join(' and ') || 'no image'}`,
  );
}

/** Sizes of an image, the fastest index first. */
export const sizesOf = (image: DmGroup): number[] =>
  [...(dmGroup(image, 'ImageData', 'Dimensions')?.values() ?? [])].filter((size) => typeof size === 'number');

/** Pixels and channels of an image as its sizes and units have them, before they are held against each other. */
export function extentOf(image: DmGroup): { pixels: number; channels: number } {
  const sizes = sizesOf(image);
  const energyAt = unitsOf(image).findIndex((units) => energyUnit(units) !== undefined);
  const channels = sizes[energyAt < 0 ? sizes.length - 1 : energyAt] ?? 0;
  return { pixels: sizes.reduce((product, size) => product * size, 1) / Math.max(1, channels), channels };
}

/** What an image is, for messages. */
export function describeImage(image: DmGroup): string {
  const name = (dmText(image, 'Name') ?? '').replaceAll('\0', '').trim().slice(0, 60);
  const signal = signalOf(image);
  const units = unitsOf(image)
    .filter(Boolean)
    .map((unit) => unit.slice(0, 20));
  const what = signal || (isPlain(image) ? 'a plain image' : 'an image');
  return `${what} of ${sizesOf(image).join(' × ')}${units.length > 0 ? ` in ${units.join(', ')}` : ''}${name === '' ? '' : ` ("${name}")`}`;
}
