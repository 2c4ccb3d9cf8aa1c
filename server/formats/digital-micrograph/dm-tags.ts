import { InputError } from '../../../protocol/index.ts';
import type { ByteWindow } from '../files/byte-window.ts';

/** An array of the tag tree: where it lies; texts are arrays of UTF-16 units and come decoded. */
export interface DmArray {
  offset: number;
  bytes: number;
  text?: string;
}

export type DmTag = number | DmArray | DmGroup;

/** Tags by name, those without a name by their number among all tags of the group. */
export type DmGroup = Map<string, DmTag>;

export interface DmFile {
  version: 3 | 4;
  littleEndian: boolean;
  tags: DmGroup;
}

const GROUP = 20;
const DATA = 21;
const STRUCT = 15;
const STRING = 18;
const ARRAY = 20;

/** Bytes of the simple types; 8 bool, 9 char, 10 byte. */
const SIZES: Record<number, number> = {
  2: 2,
  3: 4,
  4: 2,
  5: 4,
  6: 4,
  7: 8,
  8: 1,
  9: 1,
  10: 1,
  11: 8,
  12: 8,
};
const UNSIGNED_SHORT = 4;

/** Far above what instruments write; corrupt counts end here. */
const MOST_TAGS = 200_000;
const MOST_DEPTH = 64;
const MOST_INFO = 4096;
const LONGEST_TEXT = 4096;

/**
 * Reads the tag tree of a DM3 or DM4 file. Arrays are passed over, not read: the tree stays small whatever the file.
 * Structure is big endian, values are in the order the header announces.
 * @throws InputError when the file ends early or is not a DM3/DM4 file
 */
export async function readDmTags(bytes: ByteWindow, place: string): Promise<DmFile> {
  const version = (await bytes.take(4)).getUint32(0);
  if (version !== 3 && version !== 4)
    throw new InputError(place, 'version', `expected DM 3 or 4, found ${version}`);
  bytes.skip(version === 4 ? 8 : 4);
  const order = (await bytes.take(4)).getUint32(0);
  if (order > 1) throw new InputError(place, 'byte order', `expected 0 or 1, found ${order}`);
  const reader = new TagReader(bytes, place, version, order === 1);
  return { version, littleEndian: order === 1, tags: await reader.group(0) };
}

class TagReader {
  readonly #bytes: ByteWindow;
  readonly #place: string;
  readonly #wide: boolean;
  readonly #little: boolean;
  #tags = 0;

  constructor(bytes: ByteWindow, place: string, version: 3 | 4, little: boolean) {
    this.#bytes = bytes;
    this.#place = place;
    this.#wide = version === 4;
    this.#little = little;
  }

  async group(depth: number): Promise<DmGroup> {
    if (depth > MOST_DEPTH) throw this.#wrong(`groups at most ${MOST_DEPTH} deep`);
    this.#bytes.skip(2);
    const count = await this.#length();
    const group: DmGroup = new Map();
    for (let index = 0; index < count; index++) {
      if (++this.#tags > MOST_TAGS) throw this.#wrong(`at most ${MOST_TAGS} tags`);
      const head = await this.#bytes.take(3);
      const kind = head.getUint8(0);
      if (kind !== GROUP && kind !== DATA) throw this.#wrong('a tag of kind 20 or 21', kind);
      const name = latin1(await this.#bytes.take(head.getUint16(1)));
      if (this.#wide) this.#bytes.skip(8);
      const tag = kind === GROUP ? await this.group(depth + 1) : await this.#data();
      if (tag !== undefined) group.set(name || String(index), tag);
    }
    return group;
  }

  async #data(): Promise<DmTag | undefined> {
    if ((await this.#bytes.take(4)).getUint32(0) !== 0x25252525) throw this.#wrong('"%%%%"');
    const length = await this.#length();
    if (length < 1 || length > MOST_INFO) throw this.#wrong(`1 to ${MOST_INFO} numbers of type`, length);
    const info: number[] = [];
    for (let index = 0; index < length; index++) info.push(await this.#length());
    if (length === 1 && info[0] in SIZES) return this.#value(info[0]);
    const [size, used] = this.#extent(info, 0);
    if (used !== length) throw this.#wrong(`${used} numbers of type`, length);
    const array: DmArray = { offset: this.#bytes.position, bytes: size };
    const isText = info[0] === ARRAY && info[1] === UNSIGNED_SHORT && info[2] <= LONGEST_TEXT;
    if (isText || info[0] === STRING) {
      if (size <= 2 * LONGEST_TEXT) {
        array.text = utf16(await this.#bytes.take(size), this.#little);
        return array;
      }
    }
    this.#bytes.skip(size);
    return array;
  }

  async #value(type: number): Promise<number> {
    const view = await this.#bytes.take(SIZES[type]);
    switch (type) {
      case 2:
        return view.getInt16(0, this.#little);
      case 3:
        return view.getInt32(0, this.#little);
      case 4:
        return view.getUint16(0, this.#little);
      case 5:
        return view.getUint32(0, this.#little);
      case 6:
        return view.getFloat32(0, this.#little);
      case 7:
        return view.getFloat64(0, this.#little);
      case 11:
        return Number(view.getBigInt64(0, this.#little));
      case 12:
        return Number(view.getBigUint64(0, this.#little));
      default:
        return view.getUint8(0);
    }
  }

  /** Bytes of the value whose type is described from info[at] on, and where its description ends. */
  #extent(info: number[], at: number): [number, number] {
    const type = info[at];
    if (type === STRUCT) {
      const fields = info[at + 2] ?? 0;
      let size = 0;
      let next = at + 3;
      for (let field = 0; field < fields; field++) {
        const [bytes, end] = this.#extent(info, next + 1);
        size += bytes;
        next = end;
      }
      return [size, next];
    }
    if (type === STRING) return [2 * (info[at + 1] ?? Number.NaN), at + 2];
    if (type === ARRAY) {
      const [bytes, end] = this.#extent(info, at + 1);
      return [bytes * (info[end] ?? Number.NaN), end + 1];
    }
    if (type in SIZES) return [SIZES[type], at + 1];
    throw this.#wrong('a known type', type);
  }

  async #length(): Promise<number> {
    if (!this.#wide) return (await this.#bytes.take(4)).getUint32(0);
    return Number((await this.#bytes.take(8)).getBigUint64(0));
  }

  #wrong(expected: string, found?: number): InputError {
    const at = `at byte ${this.#bytes.position}`;
    return new InputError(
      this.#place,
      'tags',
      `expected ${expected} ${at}${found === undefined ? '' : `, found ${found}`}`,
    );
  }
}

const latin1 = (view: DataView): string =>
  Buffer.from(view.buffer, view.byteOffset, view.byteLength).toString('latin1');

function utf16(view: DataView, little: boolean): string {
  let text = '';
  for (let at = 0; at + 1 < view.byteLength; at += 2) text += String.fromCharCode(view.getUint16(at, little));
  return text;
}

/** The tag at a path such as `ImageData.Dimensions`; undefined where there is none. */
export function dmTag(group: DmGroup, ...path: string[]): DmTag | undefined {
  let tag: DmTag | undefined = group;
  for (const name of path) tag = tag instanceof Map ? tag.get(name) : undefined;
  return tag;
}

export function dmGroup(group: DmGroup, ...path: string[]): DmGroup | undefined {
  const tag = dmTag(group, ...path);
  return tag instanceof Map ? tag : undefined;
}

export function dmNumber(group: DmGroup, ...path: string[]): number | undefined {
  const tag = dmTag(group, ...path);
  return typeof tag === 'number' ? tag : undefined;
}

export function dmText(group: DmGroup, ...path: string[]): string | undefined {
  const tag = dmTag(group, ...path);
  return typeof tag === 'object' && !(tag instanceof Map) ? tag.text : undefined;
}
