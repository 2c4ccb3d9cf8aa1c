import { basename, extname } from 'node:path';
import { InputError } from '../../../protocol/index.ts';
import { MOST_JSON_BYTES, parseJson } from '../files/parse-json.ts';
import type { Format, OpenOptions, ScanFile } from '../format.ts';
import { inputFault } from '../input-fault.ts';
import { scanOfSignals } from '../signals/eels-signal.ts';
import { nionSignal } from '../signals/nion-item.ts';
import { ZipFile } from './zip-file.ts';
import { zippedArray } from './zipped-array.ts';

const DATA = 'data.npy';
const PROPERTIES = 'metadata.json';

/** Items of Nion Swift in zip files: those of a library (`.ndata`) and exports (`.ndata1`). */
export const nionZip: Format = {
  name: 'Nion Swift',
  suffixes: ['.ndata', '.ndata1'],
  async open(path: string, options: OpenOptions = {}): Promise<ScanFile> {
    try {
      const zip = await ZipFile.open(path);
      const array = await zippedArray(zip, DATA);
      const text = await zip.get(PROPERTIES, MOST_JSON_BYTES);
      const properties = text && parseJson(text);
      if (!properties)
        throw new InputError(
          path,
          PROPERTIES,
          `expected an object in JSON, found ${text ? 'something else' : 'none'}`,
        );
      const signal = nionSignal(properties, array);
      if (signal instanceof InputError) throw signal;
      return await scanOfSignals([signal], path, basename(path, extname(path)), options);
    } catch (error) {
      throw inputFault(error, path);
    }
  },
};
