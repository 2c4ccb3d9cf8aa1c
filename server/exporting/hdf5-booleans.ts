import { readFile, writeFile } from 'node:fs/promises';
import type { Dataset, Group } from 'h5wasm/node';

/**
 * HDF5 has no booleans; everybody writes them as h5py does, as an enumeration of FALSE and TRUE over 8-bit integers, and HyperSpy
 * takes nothing else for one. h5wasm writes no enumerations. So a boolean is written as a compound of one 8-bit integer, which takes
 * more room in the file, and `finishBooleans` puts the description of the enumeration in place of the compound's.
 */
const MEMBER = 'boolean';

/** Writes an attribute that is a boolean once `finishBooleans` has seen the file. */
export function createBoolean(object: Group | Dataset, name: string, value: boolean): void {
  object.create_attribute(name, new Map([[MEMBER, Int8Array.of(value ? 1 : 0)]]), [], [[MEMBER, '<b']]);
}

/** Class 6 (compound) of version 1, one member, 1 byte. */
const COMPOUND = Buffer.from([0x16, 1, 0, 0, 1, 0, 0, 0]);
/** Name of the member to a multiple of 8 bytes, its place and dimensions, its type. */
const NAME = Buffer.from(`${MEMBER}\0`);
const PLACE_BYTES = 32;
const INTEGER_BYTES = 12;
const COMPOUND_BYTES = COMPOUND.length + NAME.length + PLACE_BYTES + INTEGER_BYTES;

/** Class 8 (enumeration) of version 1, two members, 1 byte; then the type of its values, the names, the values. */
function enumeration(integer: Uint8Array): Buffer {
  const message = Buffer.alloc(COMPOUND_BYTES);
  Buffer.concat([
    Buffer.from([0x18, 2, 0, 0, 1, 0, 0, 0]),
    integer,
    Buffer.from('FALSE\0\0\0TRUE\0\0\0\0'),
    Buffer.from([0, 1]),
  ]).copy(message);
  return message;
}

/**
 * Makes booleans of what `createBoolean` wrote, in a closed file whose object headers have no checksums (of the earliest version).
 * It is read whole: call it before the samples are written.
 * @returns how many were found
 */
export async function finishBooleans(path: string): Promise<number> {
  const bytes = await readFile(path);
  const pattern = Buffer.concat([COMPOUND, NAME]);
  let found = 0;
  for (let at = bytes.indexOf(pattern); at >= 0; at = bytes.indexOf(pattern, at + COMPOUND_BYTES)) {
    const integerAt = at + pattern.length + PLACE_BYTES;
    const message = enumeration(bytes.subarray(integerAt, integerAt + INTEGER_BYTES));
    message.copy(bytes, at);
    found++;
  }
  await writeFile(path, bytes);
  return found;
}
