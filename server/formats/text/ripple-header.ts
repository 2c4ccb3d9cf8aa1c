import { type DType, type EnergyAxis, InputError } from '../../../protocol/index.ts';
import type { OpenOptions } from '../format.ts';
import { checkScanSize, MOST_CHANNELS, MOST_PIXELS } from '../scan-limits.ts';
import { energyAxis } from '../signals/energy-axis.ts';
import { pixelSizeNm } from '../signals/pixel-size.ts';
import { nameAcquisition, readAcquisition } from '../signals/vocabulary.ts';
import { wholeHeaderNumber } from './header-number.ts';
import { linesOf } from './text-file.ts';

/** What a `.rpl` says, in the project's words. README.md lists the keys. */
export interface RippleHeader {
  /** [rows y, columns x] of the finished scan, fly-back not counted. */
  shape: [number, number];
  channels: number;
  dtype: DType;
  /** Default true. */
  littleEndian?: boolean;
  /** Bytes before the first sample, default 0. */
  byteOffset?: number;
  /** Default `vector`: spectrum after spectrum. */
  recordBy?: 'vector' | 'image';
  energy?: EnergyAxis;
  pixelSizeNm?: number;
  dwellSeconds?: number;
  beamKv?: number;
  convergenceMrad?: number;
  collectionMrad?: number;
  /** Default `raster`. */
  order?: 'raster' | 'serpentine';
  /** Default 0. */
  flybackColumns?: number;
  /** Default 1. */
  passes?: number;
  simulated?: boolean;
  title?: string;
}

const DATA_TYPES: Record<DType, ['signed' | 'unsigned' | 'float', number]> = {
  u8: ['unsigned', 1],
  u16: ['unsigned', 2],
  u32: ['unsigned', 4],
  i16: ['signed', 2],
  i32: ['signed', 4],
  f32: ['float', 4],
  f64: ['float', 8],
};

const MOST_PASSES = 10_000;
const MOST_OFFSET = 2 ** 40;
/** What HyperSpy writes where nothing is known. */
const UNDEFINED = '<undefined>';

/** The text of a `.rpl`: one `key<TAB>value` a line. */
export function formatRippleHeader(header: RippleHeader): string {
  const [dataType, dataLength] = DATA_TYPES[header.dtype];
  const byteOrder = (header.littleEndian ?? true) ? 'little-endian' : 'big-endian';
  const lines: [string, string | number | undefined][] = [
    ['key', 'value'],
    ['title', header.title?.replace(/[\t\r\n;]+/g, ' ').trim() || undefined],
    ['width', header.shape[1]],
    ['height', header.shape[0]],
    ['depth', header.channels],
    ['offset', header.byteOffset ?? 0],
    ['data-length', dataLength],
    ['data-type', dataType],
    ['byte-order', dataLength === 1 ? 'dont-care' : byteOrder],
    ['record-by', header.channels === 1 ? 'dont-care' : (header.recordBy ?? 'vector')],
    ['signal', header.channels === 1 ? undefined : 'EELS'],
    ['depth-origin', header.energy?.offset],
    ['depth-scale', header.energy?.dispersion],
    ['depth-units', header.energy && 'eV'],
    ['width-scale', header.pixelSizeNm],
    ['width-units', header.pixelSizeNm && 'nm'],
    ['height-scale', header.pixelSizeNm],
    ['height-units', header.pixelSizeNm && 'nm'],
    ...nameAcquisition('ripple', header),
    ['order', header.order === 'serpentine' ? 'serpentine' : undefined],
    ['flyback-columns', header.flybackColumns || undefined],
    ['passes', (header.passes ?? 1) > 1 ? header.passes : undefined],
    ['simulated', header.simulated ? 'true' : undefined],
  ];
  return lines
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}\t${value}\n`)
    .join('');
}

/**
 * Reads the text of a `.rpl`. Keys of others are passed over, `;` begins a comment.
 * @param place the file, for messages
 * @param given by the operator, in place of what the header says, right or wrong
 * @throws InputError for a missing or impossible value, and for signals that are not EELS
 */
export function parseRippleHeader(
  text: string,
  place: string,
  given: Pick<OpenOptions, 'energy' | 'shape'> = {},
): RippleHeader {
  const keys = readKeys(text, place);
  const wrong = (key: string, expected: string) => {
    const found = keys.get(key);
    const finding = found === undefined ? 'found none' : `found "${found.slice(0, 60)}"`;
    return new InputError(place, key, `expected ${expected}, ${finding}`);
  };
  const whole = (key: string, least: number, most: number, fallback?: number): number => {
    const value = keys.get(key);
    if (value === undefined && fallback !== undefined) return fallback;
    const number = Number(value || 'none');
    if (!Number.isInteger(number) || number < least || number > most)
      throw wrong(key, `a whole number from ${least} to ${most}`);
    return number;
  };
  const oneOf = <Value extends string>(key: string, values: readonly Value[], fallback?: Value): Value => {
    const value = keys.get(key)?.toLowerCase() ?? fallback;
    const match = values.find((candidate) => candidate === value);
    if (match === undefined) throw wrong(key, values.join(' or '));
    return match;
  };
  const real = (key: string): number | undefined => {
    const value = keys.get(key);
    return !value || value === UNDEFINED ? undefined : wholeHeaderNumber(value);
  };
  const positive = (key: string): number | undefined => {
    const value = real(key);
    if (value !== undefined && !(value >= 0 && Number.isFinite(value))) throw wrong(key, 'a number above 0');
    return value || undefined;
  };

  const signal = keys.get('signal') ?? '';
  if (/eds|edx|x-?ray/i.test(signal)) throw wrong('signal', 'EELS, not X-ray spectra');
  const channels = whole('depth', 1, MOST_CHANNELS);
  const dataLength = whole('data-length', 1, 8);
  const dataType = oneOf('data-type', ['unsigned', 'signed', 'float']);
  const dtype = (Object.keys(DATA_TYPES) as DType[]).find(
    (candidate) => DATA_TYPES[candidate][0] === dataType && DATA_TYPES[candidate][1] === dataLength,
  );
  if (dtype === undefined)
    throw wrong(
      'data-type',
      `a type that has ${dataLength} bytes (unsigned 1, 2, 4; signed 2, 4; float 4, 8)`,
    );
  const byteOrder = oneOf('byte-order', ['little-endian', 'big-endian', 'dont-care'], 'dont-care');
  const recordBy = oneOf('record-by', ['vector', 'image', 'dont-care'], 'dont-care');
  if (recordBy === 'dont-care' && channels > 1) throw wrong('record-by', 'vector or image');
  // A shape of as many pixels is an arrangement of them; any other one is put in place of what the header has wrong.
  const pixels = Number(keys.get('height')) * Number(keys.get('width'));
  const shape: [number, number] =
    given.shape && given.shape[0] * given.shape[1] !== pixels
      ? given.shape
      : [whole('height', 1, MOST_PIXELS), whole('width', 1, MOST_PIXELS)];
  const flybackColumns = whole('flyback-columns', 0, MOST_PIXELS, 0);
  checkScanSize(place, shape, channels);

  const header: RippleHeader = { shape, channels, dtype };
  if (byteOrder === 'big-endian') header.littleEndian = false;
  const byteOffset = whole('offset', 0, MOST_OFFSET, 0);
  if (byteOffset) header.byteOffset = byteOffset;
  if (recordBy === 'image') header.recordBy = recordBy;
  const [offset, dispersion] = [real('depth-origin'), real('depth-scale')];
  if (channels > 1 && (given.energy ?? offset ?? dispersion) !== undefined) {
    const units = keys.get('depth-units') ?? '';
    const claim = {
      place,
      fields: { offset: 'depth-origin', dispersion: 'depth-scale', units: 'depth-units' },
      offset,
      dispersion,
      units: units === '' || units === UNDEFINED ? 'eV' : units,
      isEels: /eels/i.test(signal),
    };
    header.energy = energyAxis(claim, given.energy);
  }
  const optional = {
    pixelSizeNm: pixelSizeNm(positive('width-scale'), keys.get('width-units')),
    ...readAcquisition('ripple', positive),
    title: keys.get('title') || undefined,
  };
  for (const [key, value] of Object.entries(optional))
    if (value !== undefined) Object.assign(header, { [key]: value });
  if (oneOf('order', ['raster', 'serpentine'], 'raster') === 'serpentine') header.order = 'serpentine';
  if (flybackColumns) header.flybackColumns = flybackColumns;
  const passes = whole('passes', 1, MOST_PASSES, 1);
  if (passes > 1) header.passes = passes;
  if (oneOf('simulated', ['true', 'false'], 'false') === 'true') header.simulated = true;
  return header;
}

function readKeys(text: string, place: string): Map<string, string> {
  const keys = new Map<string, string>();
  for (const { line } of linesOf(text)) {
    const content = line.split(';')[0];
    if (content.trim() === '') continue;
    // Spaces in place of tabs, as editors put them; no key has a space in it.
    const [key, value] = content.includes('\t')
      ? content.split('\t').map((part) => part.trim())
      : content.trim().split(/ +(.*)/s);
    if (value === undefined)
      throw new InputError(place, 'line', `expected key, tab and value, found "${content.slice(0, 60)}"`);
    keys.set(key.toLowerCase(), value);
  }
  return keys;
}
