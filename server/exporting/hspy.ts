import { type Dataset, File, type Group } from 'h5wasm/node';
import { BYTES_PER_SAMPLE, type DType } from '../../protocol/index.ts';
import { loadHdf5 } from '../formats/hdf5/hdf5-library.ts';
import { chunkShape, chunksOf } from './chunks.ts';
import type { ExportSteps } from './export-steps.ts';
import { createBoolean, finishBooleans } from './hdf5-booleans.ts';
import { type ExportSignal, samplesOf, shapeOf, type Tree } from './signal.ts';
import { FILE_VERSION, signalTree } from './signal-tree.ts';

const TYPES: Record<DType, string> = {
  u8: '<B',
  u16: '<H',
  u32: '<I',
  i16: '<h',
  i32: '<i',
  f32: '<f',
  f64: '<d',
};
/** As HyperSpy has it: what the HDF5 library holds of a data set at once. */
const CHUNK_BYTES = 1e6;
/** The quickest deflation; higher levels gain a few percent on counts. */
const COMPRESSION = 1;
/** Object headers without checksums, which every HDF5 library reads. */
const VERSION = { libver: ['earliest', 'latest'] as ['earliest', 'latest'] };

/**
 * Writes signals as a HyperSpy file (`.hspy`, HDF5): a group of `Experiments` each. Samples go through memory a chunk at a time.
 * @throws Error when the file system fails, or the file does not hold what was written
 */
export async function writeHspy(
  path: string,
  signals: readonly ExportSignal[],
  steps: ExportSteps,
): Promise<void> {
  const booleans = await strictly(async () => writeHeaders(path, signals));
  const found = await finishBooleans(path);
  if (found !== booleans) throw new Error(`${path}: expected ${booleans} booleans, found ${found}`);
  await strictly(async () => {
    const file = new File(path, 'a', VERSION);
    try {
      for (const signal of signals)
        await writeSamples(file.get(`Experiments/${signal.title}`) as Group, signal, steps);
      file.flush();
    } finally {
      file.close();
    }
  });
}

/** Does something with files of h5wasm; its errors (a full disk …) are thrown, in the system's words. */
async function strictly<Result>(work: () => Promise<Result>): Promise<Result> {
  await loadHdf5();
  try {
    return await work();
  } catch (error) {
    throw clearError(error);
  }
}

/** HDF5 tells its whole stack, with the system's words somewhere in it. */
function clearError(error: unknown): unknown {
  if (!(error instanceof Error) || !error.message.includes('HDF5')) return error;
  const [, words] = /error message = '([^']+)'/.exec(error.message) ?? [];
  const last = error.message.split('\n').findLast((line) => /^\s*#\d+/.test(line));
  return new Error(`HDF5: ${words ?? last?.trim() ?? error.message}`, { cause: error });
}

/** @returns how many booleans there are */
function writeHeaders(path: string, signals: readonly ExportSignal[]): number {
  const file = new File(path, 'w', VERSION);
  try {
    file.create_attribute('file_format', 'HyperSpy');
    file.create_attribute('file_format_version', FILE_VERSION);
    // Listed in this order, which puts the counts first.
    const experiments = file.create_group('Experiments', true);
    let booleans = 0;
    for (const signal of signals)
      booleans += writeTree(experiments.create_group(signal.title), signalTree(signal));
    return booleans;
  } finally {
    file.close();
  }
}

function writeTree(group: Group, tree: Tree): number {
  let booleans = 0;
  for (const [name, value] of Object.entries(tree))
    if (typeof value === 'object') booleans += writeTree(group.create_group(name), value);
    else if (typeof value === 'boolean') {
      createBoolean(group, name, value);
      booleans++;
    } else if (typeof value === 'number') group.create_attribute(name, value, [], numberType(name, value));
    else group.create_attribute(name, value);
  return booleans;
}

/** Sizes and indices are whole numbers, everything else is measured and may look like one by chance. */
const numberType = (name: string, value: number): string =>
  (name === 'size' || name === 'index_in_array') && Number.isInteger(value) ? '<i' : '<d';

async function writeSamples(group: Group, signal: ExportSignal, steps: ExportSteps): Promise<void> {
  const shape = shapeOf(signal);
  const bytes = BYTES_PER_SAMPLE[signal.dtype];
  const chunk = chunkShape(shape, bytes, CHUNK_BYTES);
  // Made empty and then drawn out: given whole, its samples would have to lie in memory.
  const data: Dataset = group.create_dataset({
    name: 'data',
    data: samplesOf(signal.dtype, 0),
    shape: [0, ...shape.slice(1)],
    maxshape: shape,
    dtype: TYPES[signal.dtype],
    chunks: chunk,
    compression: COMPRESSION,
  });
  data.resize(shape);
  const width = shape[shape.length - 1];
  for (const { offset, size, first, count } of chunksOf(shape, chunk)) {
    const samples = samplesOf(signal.dtype, count * width);
    samples.set(await signal.read(first, count));
    data.write_slice(
      offset.map((from, axis) => [from, from + size[axis]]),
      samples,
    );
    await steps.wrote(count * width * bytes);
  }
}
