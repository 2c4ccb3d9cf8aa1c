import { InputError } from '../../../protocol/index.ts';
import { MOST_CHANNELS } from '../scan-limits.ts';
import { linesOf } from '../text/text-file.ts';

/** More than any header of a frame says before its padding. */
export const FRAME_TEXT_BYTES = 2048;
const MOST_FRAME_BYTES = 2 ** 25;

/** Samples of frames that are read: big endian, processed by the detector. */
const SAMPLE_BYTES: Readonly<Record<string, 1 | 2 | 4>> = { U01: 1, U08: 1, U16: 2, U32: 4 };

/** What the header of a Merlin frame says. */
export interface FrameHeader {
  /** Counted by the detector, usually from 1. */
  number: number;
  /** Bytes of the header. */
  headerBytes: number;
  width: number;
  height: number;
  /** `U16` … */
  type: string;
  sampleBytes: 1 | 2 | 4;
  /** Exposure; undefined where it says none. */
  seconds: number | undefined;
}

/** Bytes of a frame with its header. */
export const frameBytes = ({ headerBytes, width, height, sampleBytes }: FrameHeader): number =>
  headerBytes + width * height * sampleBytes;

/**
 * Reads the header of a frame: fields between commas, `MQ1,<number>,<header bytes>,<chips>,<width>,<height>,<type>,<layout>,<chips>,<time>,<seconds>,…`
 * @param bytes that the frame begins with
 * @param field what the frame is called in messages
 * @throws InputError when it is no header of a frame that can be read
 */
export function parseFrameHeader(bytes: Uint8Array, path: string, field: string): FrameHeader {
  const wrong = (expected: string, found: string) =>
    new InputError(path, field, `expected ${expected}, found ${found}`);
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, FRAME_TEXT_BYTES)).toString(
    'latin1',
  );
  const [magic, number, headerBytes, , width, height, type = '', layout = '', , , seconds] = text.split(
    ',',
    12,
  );
  if (magic !== 'MQ1') throw wrong('a frame of a Merlin detector (MQ1,…)', 'something else');
  const whole = (value: string | undefined, name: string, least: number, most: number): number => {
    const trimmed = (value ?? '').trim();
    const parsed = /^\d{1,10}$/.test(trimmed) ? Number(trimmed) : Number.NaN;
    if (!(parsed >= least && parsed <= most))
      throw wrong(`${name} from ${least} to ${most}`, JSON.stringify(trimmed.slice(0, 20)));
    return parsed;
  };
  const kind = type.trim();
  if (/^R\d+$/.test(kind))
    throw wrong(
      `counts (${Object.keys(SAMPLE_BYTES).join(', ')})`,
      `raw frames (${kind}, layout ${layout.trim().slice(0, 10)}), bits as they lie on the chips; record with the file format set to binary instead of raw, or have the detector's software convert them`,
    );
  if (!Object.hasOwn(SAMPLE_BYTES, kind))
    throw wrong(`counts (${Object.keys(SAMPLE_BYTES).join(', ')})`, JSON.stringify(kind.slice(0, 20)));
  const exposure = Number(seconds);
  const header: FrameHeader = {
    number: whole(number, 'a frame number', 0, 9_999_999_999),
    headerBytes: whole(headerBytes, 'bytes of a header', 64, 99_999),
    width: whole(width, 'a width', 1, MOST_CHANNELS),
    height: whole(height, 'a height', 1, MOST_CHANNELS),
    type: kind,
    sampleBytes: SAMPLE_BYTES[kind],
    seconds: exposure > 0 && Number.isFinite(exposure) ? exposure : undefined,
  };
  if (frameBytes(header) > MOST_FRAME_BYTES)
    throw wrong(`a frame of at most ${MOST_FRAME_BYTES} bytes`, `${frameBytes(header)}`);
  return header;
}

/** What the header of an acquisition (`.hdr`) says of the scan; 0 and what is no number are left out. */
export interface AcquisitionHeader {
  /** Frames in all, and those that one trigger starts: often those of a row. */
  frames?: number;
  framesPerTrigger?: number;
  scanX?: number;
  scanY?: number;
}

const KEYS: Readonly<Record<string, keyof AcquisitionHeader>> = {
  'frames in acquisition (number)': 'frames',
  'frames per trigger (number)': 'framesPerTrigger',
  scanx: 'scanX',
  scany: 'scanY',
};

/**
 * Reads the text of an acquisition's header: `HDR`, then lines `key:<TAB>value`.
 * @throws InputError when it is none
 */
export function parseAcquisitionHeader(text: string, path: string): AcquisitionHeader {
  if (!text.startsWith('HDR'))
    throw new InputError(
      path,
      'HDR',
      `expected the header of a Merlin acquisition, found ${JSON.stringify(text.slice(0, 20))}`,
    );
  const header: AcquisitionHeader = {};
  for (const { line } of linesOf(text)) {
    const colon = line.indexOf(':');
    const key = line.slice(0, Math.max(0, colon)).trim().toLowerCase();
    if (!Object.hasOwn(KEYS, key)) continue;
    const value = line.slice(colon + 1).trim();
    if (/^\d{1,9}$/.test(value) && Number(value) > 0) header[KEYS[key]] = Number(value);
  }
  return header;
}
