import { InputError } from './errors.ts';

/** What one message of msgpack may hold. Decoded it can take a hundred times the memory of its bytes: one byte can be an object. */
export interface MsgpackBounds {
  /** Of every kind, containers, keys and members among them. */
  values: number;
  /** Arrays and maps. */
  containers: number;
  /** Entries of all maps together. */
  entries: number;
  /** Containers within each other. */
  depth: number;
  /** Bytes of all texts together. */
  text: number;
}

/** Far above what the protocol needs, since a producer may say more than a monitor understands. */
export const MSGPACK_BOUNDS: MsgpackBounds = {
  values: 2 ** 17,
  containers: 1024,
  entries: 1024,
  depth: 16,
  text: 2 ** 18,
};

const WORDS: Record<keyof MsgpackBounds, string> = {
  values: 'values',
  containers: 'arrays and maps',
  entries: 'entries of maps',
  depth: 'arrays and maps within each other',
  text: 'bytes of text',
};

/** Bytes that follow the first one where it says so by itself: nil, booleans, numbers, and ext of a fixed length with its type. */
const FIXED = new Map([
  ...[0xc0, 0xc2, 0xc3].map((type) => [type, 0] as const),
  ...[0xcc, 0xd0].map((type) => [type, 1] as const),
  ...[0xcd, 0xd1].map((type) => [type, 2] as const),
  ...[0xca, 0xce, 0xd2].map((type) => [type, 4] as const),
  ...[0xcb, 0xcf, 0xd3].map((type) => [type, 8] as const),
]);
const EXT_LENGTHS = new Map([
  [0xd4, 1],
  [0xd5, 2],
  [0xd6, 4],
  [0xd7, 8],
  [0xd8, 16],
]);
/** Types of ext that are read: times, and what encoders of JavaScript make of `undefined`. */
const EXT_TIME = 0xff;
const EXT_UNDEFINED = 0;

/**
 * Walks over one message of msgpack without decoding it, in time that grows with its length alone, so that what passes can be
 * decoded at little more than the cost of its bytes. Format: https://github.com/msgpack/msgpack/blob/master/spec.md
 * @param place what the bytes are, for the error
 * @throws InputError naming the byte where the message is torn, goes on behind its end, or exceeds a bound
 */
export function checkMsgpack(bytes: Uint8Array, place: string, bounds = MSGPACK_BOUNDS): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const used: Record<keyof MsgpackBounds, number> = {
    values: 0,
    containers: 0,
    entries: 0,
    depth: 0,
    text: 0,
  };
  /** Values that each container lacks, the innermost last. */
  const open: number[] = [];
  let at = 0;

  const refuse = (expectation: string): never => {
    throw new InputError(place, 'form', expectation);
  };
  const use = (what: keyof MsgpackBounds, count: number): void => {
    used[what] += count;
    if (used[what] > bounds[what])
      refuse(`expected at most ${bounds[what]} ${WORDS[what]}, found ${used[what]} or more at byte ${at}`);
  };
  const skip = (length: number): number => {
    const start = at;
    if (length > bytes.byteLength - at)
      refuse(
        `expected ${length} bytes of a value at byte ${at}, found ${bytes.byteLength - at}: the message is cut short`,
      );
    at += length;
    return start;
  };
  const number = (width: 1 | 2 | 4): number => {
    const start = skip(width);
    if (width === 1) return view.getUint8(start);
    return width === 2 ? view.getUint16(start) : view.getUint32(start);
  };
  const text = (length: number): void => {
    use('text', length);
    skip(length);
  };
  const container = (members: number, entries: number): void => {
    use('containers', 1);
    use('entries', entries);
    use('values', members);
    if (members > bytes.byteLength - at)
      refuse(
        `expected ${members} members of the container before byte ${at}, found ${bytes.byteLength - at} bytes`,
      );
    open.push(members);
    used.depth = 0;
    use('depth', open.length);
  };
  const ext = (length: number): void => {
    const start = skip(1 + length);
    const type = bytes[start];
    if (type !== EXT_TIME && !(type === EXT_UNDEFINED && length === 1))
      refuse(
        `expected nil, booleans, numbers, text, bytes, arrays and maps, found extension type ${view.getInt8(start)} at byte ${start}`,
      );
  };
  const value = (): void => {
    const type = bytes[skip(1)];
    if (type <= 0x7f || type >= 0xe0) return;
    const fixed = FIXED.get(type);
    const extLength = EXT_LENGTHS.get(type);
    if (type <= 0x8f) container(2 * (type & 0x0f), type & 0x0f);
    else if (type <= 0x9f) container(type & 0x0f, 0);
    else if (type <= 0xbf) text(type & 0x1f);
    else if (fixed !== undefined) skip(fixed);
    else if (extLength !== undefined) ext(extLength);
    else if (type === 0xc1) refuse(`expected a type of msgpack, found c1 at byte ${at - 1}`);
    else if (type <= 0xc6) skip(number(WIDTHS[type - 0xc4]));
    else if (type <= 0xc9) ext(number(WIDTHS[type - 0xc7]));
    else if (type <= 0xdb) text(number(WIDTHS[type - 0xd9]));
    else {
      const count = number(type % 2 === 0 ? 2 : 4);
      if (type >= 0xde) container(2 * count, count);
      else container(count, 0);
    }
  };

  use('values', 1);
  value();
  while (open.length > 0) {
    const innermost = open.length - 1;
    if (open[innermost] === 0) open.pop();
    else {
      open[innermost]--;
      value();
    }
  }
  if (at < bytes.byteLength)
    refuse(`expected the end of the message at byte ${at}, found ${bytes.byteLength - at} more bytes`);
}

/** Of the length that follows, for the three formats of bin, ext and str each. */
const WIDTHS: readonly (1 | 2 | 4)[] = [1, 2, 4];
