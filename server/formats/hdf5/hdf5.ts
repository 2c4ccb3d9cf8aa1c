import { basename, extname } from 'node:path';
import { InputError } from '../../../protocol/index.ts';
import type { Format, OpenOptions, ScanFile } from '../format.ts';
import { inputFault } from '../input-fault.ts';
import { scanOfSignals } from '../signals/eels-signal.ts';
import type { StoredSignal } from '../signals/stored-signal.ts';
import { berkeleySignals, veloxSignals } from './emd.ts';
import { type Hdf5, withHdf5 } from './hdf5-file.ts';
import { hyperspySignals } from './hyperspy-hdf5.ts';
import { nexusSignals } from './nexus.ts';
import { nionSignals } from './nion-hdf5.ts';

/** Layouts of HDF5 files, each recognised by what lies in the file, whatever its suffix; undefined: it is another. */
const LAYOUTS: readonly ((file: Hdf5) => StoredSignal[] | undefined)[] = [
  hyperspySignals,
  veloxSignals,
  berkeleySignals,
  nexusSignals,
  nionSignals,
];

/** HDF5 files of spectra, which are written whole: as HyperSpy, NeXus, Nion Swift and the two kinds of EMD lay them out. README.md says how. */
export const hdf5: Format = {
  name: 'HDF5',
  suffixes: ['.hspy', '.hdf5', '.h5', '.nxs', '.emd', '.nhdf'],
  hasImages: true,
  async open(path: string, options: OpenOptions = {}): Promise<ScanFile> {
    try {
      const signals = await withHdf5(path, signalsOf);
      return await scanOfSignals(signals, path, basename(path, extname(path)), options);
    } catch (error) {
      throw inputFault(error, path);
    }
  },
};

function signalsOf(file: Hdf5): StoredSignal[] {
  for (const layout of LAYOUTS) {
    const signals = layout(file);
    if (signals) return signals;
  }
  throw new InputError(
    file.path,
    'layout',
    `expected that of HyperSpy, NeXus, EMD or Nion Swift, found ${file.keys('').slice(0, 8).join(', ') || 'an empty file'}`,
  );
}
