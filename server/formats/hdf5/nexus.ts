import { hyperspyMetadata, textOf } from '../signals/hyperspy-tree.ts';
import type { StoredAxis, StoredSignal } from '../signals/stored-signal.ts';
import { evenScale } from './even-scale.ts';
import type { Hdf5 } from './hdf5-file.ts';

/** Groups within groups that are searched for data, and how many at most: links may go round in circles. */
const DEEPEST = 6;
const MOST_GROUPS = 2000;

/** The `NXdata` groups of a NeXus file: `signal` and `axes` name their datasets. HyperSpy's metadata are read where they lie beside them. */
export function nexusSignals(file: Hdf5): StoredSignal[] | undefined {
  const entries = file.keys('').filter((name) => /^NX(entry|root)$/.test(classOf(file, name)));
  if (entries.length === 0) return undefined;
  const found = new Map<string, StoredSignal>();
  let groups = 0;
  const search = (path: string, entry: string, depth: number): void => {
    if (depth > DEEPEST || ++groups > MOST_GROUPS) return;
    if (classOf(file, path) === 'NXdata') {
      const signal = signalOf(file, path, entry);
      // Links show one dataset in several places; it says where it stands itself.
      if (signal) found.set(textOf(file.attribute(signal.array.name, 'target')) ?? signal.array.name, signal);
      return;
    }
    for (const name of file.keys(path)) search(`${path}/${name}`, entry, depth + 1);
  };
  for (const entry of entries) search(entry, entry, 0);
  return [...found.values()];
}

const classOf = (file: Hdf5, path: string): string => textOf(file.attribute(path, 'NX_class')) ?? '';

function signalOf(file: Hdf5, group: string, entry: string): StoredSignal | undefined {
  const array = file.array(`${group}/${textOf(file.attribute(group, 'signal')) ?? 'data'}`);
  if (!array) return undefined;
  const named = file.attribute(group, 'axes');
  const names = Array.isArray(named) ? named.map(String) : named === undefined ? [] : [String(named)];
  // A spectrum has one axis of its own, an image two; the others run over pixels.
  const own = { spectrum: 1, image: 2 }[textOf(file.attribute(group, 'interpretation')) ?? ''];
  const axes = array.shape.map((size, index): StoredAxis => {
    const name = names[index] ?? '.';
    const place = `${group}/${name === '.' ? `axis ${index}` : name}`;
    const axis: StoredAxis = { place, size };
    if (own !== undefined) axis.navigate = index < array.shape.length - own;
    if (name === '.' || !file.isDataset(place)) return axis;
    axis.name = name;
    const scale = evenScale(file.value(place));
    const units = textOf(file.attribute(place, 'units'));
    if (scale) axis.scale = scale;
    if (units !== undefined) axis.units = units;
    return axis;
  });
  const metadata = hyperspyMetadata((path) =>
    file.value(`${entry}/auxiliary/hyperspy_metadata/${path.replaceAll('.', '/')}`),
  );
  return { name: group.split('/').at(-1) as string, axes, array, ...metadata };
}
