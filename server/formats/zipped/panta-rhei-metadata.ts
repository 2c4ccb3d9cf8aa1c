import { InputError } from '../../../protocol/index.ts';
import { parseNpyHeader } from '../numpy/npy-header.ts';
import { type PickledValue, readPlainPickle } from './plain-pickle.ts';
import type { ZipFile } from './zip-file.ts';

export type PantaRheiMetadata = Record<string, unknown>;

const JSON_ENTRY = 'meta_data_json.npy';
const PICKLED_ENTRY = 'meta_data.npy';
/** JSON is stored with four bytes a letter. */
const MOST_BYTES = 4 * 2 ** 20;

const SAVE_AGAIN = 'save the file again with Panta Rhei 24.03 or later, or as .hspy';

/**
 * Metadata of a `.prz` file by their dotted names: as JSON (Panta Rhei 24.03 and later), or else out of a pickle, which is read as data
 * and never executed.
 * @throws InputError when there are none, or they cannot be read
 */
export async function pantaRheiMetadata(zip: ZipFile): Promise<PantaRheiMetadata> {
  for (const [entry, read] of [
    [JSON_ENTRY, jsonOf],
    [PICKLED_ENTRY, pickledOf],
  ] as const) {
    const bytes = await zip.get(entry, MOST_BYTES);
    if (!bytes) continue;
    const place = `${zip.place}: ${entry}`;
    const header = parseNpyHeader(bytes, place);
    const value = read(bytes.subarray(header.bytes), header.descriptor, place);
    const metadata: unknown = Array.isArray(value) ? value[0] : value;
    if (typeof metadata === 'object' && metadata !== null && !Array.isArray(metadata))
      return metadata as PantaRheiMetadata;
    throw new InputError(zip.place, entry, `expected one dictionary, found something else; ${SAVE_AGAIN}`);
  }
  throw new InputError(
    zip.place,
    PICKLED_ENTRY,
    `expected the metadata of Panta Rhei, found none; ${SAVE_AGAIN}`,
  );
}

/** One text of NumPy: `<U123`, UTF-32, filled up with zeros. */
function jsonOf(bytes: Uint8Array, descriptor: string, place: string): unknown {
  const width = Number(/^[<>]U(\d{1,8})$/.exec(descriptor)?.[1]);
  if (4 * width !== bytes.length)
    throw new InputError(
      place,
      'descr',
      `expected one text of ${bytes.length / 4} letters, found ${descriptor}`,
    );
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const littleEndian = descriptor.startsWith('<');
  const letterAt = (n: number) => view.getUint32(4 * n, littleEndian);
  let length = width;
  while (length > 0 && letterAt(length - 1) === 0) length--;
  const letters: string[] = [];
  try {
    for (let n = 0; n < length; n++) letters.push(String.fromCodePoint(letterAt(n)));
    return JSON.parse(letters.join(''));
  } catch (error) {
    throw new InputError(place, 'text', `expected JSON (${String(error).slice(0, 100)})`, { cause: error });
  }
}

function pickledOf(bytes: Uint8Array, descriptor: string, place: string): PickledValue {
  if (descriptor !== '|O')
    throw new InputError(place, 'descr', `expected an array of objects, found ${descriptor}`);
  try {
    return readPlainPickle(bytes);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new InputError(
      place,
      'pickle',
      `expected plain values, which alone are read since pickles may hold programs (${error.message}); ${SAVE_AGAIN}`,
      { cause: error },
    );
  }
}
