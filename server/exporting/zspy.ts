import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { deflate } from 'node:zlib';
import { BYTES_PER_SAMPLE, type DType, type Samples } from '../../protocol/index.ts';
import { makeFolder } from '../formats/files/make-folder.ts';
import { chunkShape, chunksOf } from './chunks.ts';
import type { ExportSteps } from './export-steps.ts';
import { type ExportSignal, samplesOf, shapeOf, type Tree } from './signal.ts';
import { FILE_VERSION, signalTree } from './signal-tree.ts';

const compress = promisify(deflate);

const TYPES: Record<DType, string> = {
  u8: '|u1',
  u16: '<u2',
  u32: '<u4',
  i16: '<i2',
  i32: '<i4',
  f32: '<f4',
  f64: '<f8',
};
/** Large enough that a scan of 1 GB is some hundred files. */
const CHUNK_BYTES = 4e6;
/** The quickest deflation; higher levels gain a few percent on counts. */
const COMPRESSION = 1;
/** Chunks that are compressed and written beside each other. */
const AT_ONCE = 4;

/**
 * Writes signals as a HyperSpy folder (`.zspy`): the tree of a `.hspy` as a Zarr store of version 2, chunks in nested folders.
 * @param folder is made; expected not to be there
 */
export async function writeZspy(
  folder: string,
  signals: readonly ExportSignal[],
  steps: ExportSteps,
): Promise<void> {
  await writeGroup(folder, { file_format: 'ZSpy', file_format_version: FILE_VERSION, Experiments: {} });
  for (const signal of signals) {
    const group = join(folder, 'Experiments', signal.title);
    await writeGroup(group, signalTree(signal));
    await writeArray(join(group, 'data'), signal, steps);
  }
}

async function writeGroup(folder: string, tree: Tree): Promise<void> {
  await makeFolder(folder);
  await writeJson(join(folder, '.zgroup'), { zarr_format: 2 });
  const values = Object.entries(tree).filter(([, value]) => typeof value !== 'object');
  if (values.length > 0) await writeJson(join(folder, '.zattrs'), Object.fromEntries(values));
  for (const [name, value] of Object.entries(tree))
    if (typeof value === 'object') await writeGroup(join(folder, name), value);
}

/** In ASCII: Python's zarr takes nothing else. */
const writeJson = (path: string, content: unknown): Promise<void> => {
  const text = JSON.stringify(content, undefined, 4).replace(
    /[\u0080-\uffff]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return writeFile(path, `${text}\n`);
};

async function writeArray(folder: string, signal: ExportSignal, steps: ExportSteps): Promise<void> {
  const shape = shapeOf(signal);
  const bytes = BYTES_PER_SAMPLE[signal.dtype];
  const chunk = chunkShape(shape, bytes, CHUNK_BYTES);
  await makeFolder(folder);
  await writeJson(join(folder, '.zarray'), {
    zarr_format: 2,
    shape,
    chunks: chunk,
    dtype: TYPES[signal.dtype],
    compressor: { id: 'zlib', level: COMPRESSION },
    fill_value: 0,
    order: 'C',
    filters: null,
    dimension_separator: '/',
  });
  const width = shape[shape.length - 1];
  const whole = chunk.reduce((product, size) => product * size, 1);
  const writing = new Set<Promise<void>>();
  try {
    for (const { at, first, count } of chunksOf(shape, chunk)) {
      // Chunks at the ends are as large as the others.
      const samples = samplesOf(signal.dtype, whole);
      samples.set(await signal.read(first, count));
      const write = writeChunk(join(folder, at.join('/')), samples);
      writing.add(write);
      void write.then(
        () => writing.delete(write),
        () => {},
      );
      if (writing.size >= AT_ONCE) await Promise.race(writing);
      await steps.wrote(count * width * bytes);
    }
    await Promise.all(writing);
  } finally {
    // Whoever removes the folder must not be overtaken.
    await Promise.allSettled(writing);
  }
}

async function writeChunk(path: string, samples: Samples): Promise<void> {
  const compressed = await compress(
    new Uint8Array(samples.buffer as ArrayBuffer, samples.byteOffset, samples.byteLength),
    { level: COMPRESSION },
  );
  await makeFolder(dirname(path));
  await writeFile(path, compressed);
}
