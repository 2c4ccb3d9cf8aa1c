import { InputError } from '../../../protocol/index.ts';
import { MOST_JSON_BYTES, parseJson } from '../files/parse-json.ts';
import { nionSignal } from '../signals/nion-item.ts';
import type { StoredSignal } from '../signals/stored-signal.ts';
import type { Hdf5 } from './hdf5-file.ts';

const DATA = 'data';
/** More items than anyone exports at once. */
const MOST_ITEMS = 256;

/**
 * Items of Nion Swift: the dataset `data` of a library's file (`.h5`), or the datasets in the group `data` of an export (`.nhdf`), each with
 * `properties` in JSON.
 * @throws InputError when none of them can be read
 */
export function nionSignals(file: Hdf5): StoredSignal[] | undefined {
  const places = file.isGroup(DATA)
    ? file
        .keys(DATA)
        .slice(0, MOST_ITEMS)
        .map((name) => `${DATA}/${name}`)
    : [DATA];
  const items = places.filter((place) => typeof file.attribute(place, 'properties') === 'string');
  if (items.length === 0) return undefined;
  const signals = items.map((place) => itemAt(file, place));
  const found = signals.flatMap((signal) => (signal instanceof InputError ? [] : [signal]));
  const fault = signals.find((signal) => signal instanceof InputError);
  if (found.length === 0 && fault) throw fault;
  return found;
}

function itemAt(file: Hdf5, place: string): StoredSignal | InputError {
  const array = file.array(place);
  const text = Buffer.from(String(file.attribute(place, 'properties')));
  const properties = text.length <= MOST_JSON_BYTES ? parseJson(text) : undefined;
  if (array && properties) return nionSignal(properties, array);
  return new InputError(
    file.path,
    `${place} properties`,
    array
      ? `expected an object in JSON of at most ${MOST_JSON_BYTES} bytes, found something else`
      : 'expected a dataset, found a group',
  );
}
