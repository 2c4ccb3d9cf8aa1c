import { hyperspyAxis, hyperspyMetadata } from '../signals/hyperspy-tree.ts';
import type { StoredSignal } from '../signals/stored-signal.ts';
import type { Hdf5 } from './hdf5-file.ts';

const EXPERIMENTS = 'Experiments';

/** Signals of a file in HyperSpy's layout: `Experiments/<name>` with `data`, `axis-0` … and `metadata`. */
export function hyperspySignals(file: Hdf5): StoredSignal[] | undefined {
  if (!file.isGroup(EXPERIMENTS)) return undefined;
  return file.keys(EXPERIMENTS).flatMap((name) => {
    const group = `${EXPERIMENTS}/${name}`;
    const array = file.array(`${group}/data`);
    if (!array) return [];
    const axes = array.shape.flatMap((length, index) => {
      const path = `${group}/axis-${index}`;
      if (!file.isGroup(path)) return [];
      return [hyperspyAxis(path, length, (attribute) => file.attribute(path, attribute))];
    });
    const metadata = hyperspyMetadata((path) => {
      const groups = path.split('.');
      const attribute = groups.pop() as string;
      return file.attribute([group, 'metadata', ...groups].join('/'), attribute);
    });
    return [{ name, axes, array, ...metadata }];
  });
}
