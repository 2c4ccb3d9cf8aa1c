import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '../protocol/index.ts';
import { inputFault } from './formats/input-fault.ts';
import { decodeNpy, type NdArray, type NpyArray } from './formats/numpy.ts';
import { type EdgeResultSummary, parseResultsSummary, type ResultsSummary } from './results-summary.ts';

/** Maps of an edge that are one 32-bit float a pixel, by the stem of their files. */
export const SCALAR_MAPS = ['intensity', 'snr', 'uncertainty', 'novelty', 'flags'] as const;
export type ScalarMapName = (typeof SCALAR_MAPS)[number];

/** What `analyse --out` wrote of one edge. Maps are row-major, NaN (labels: −2) where not measured. */
export interface EdgeResults extends Record<ScalarMapName, Float32Array> {
  name: string;
  summary: EdgeResultSummary;
  /** Class of each pixel, −1 absent, −2 not measured. */
  labels: Int16Array;
  /** x and y of each pixel in the plane, pixels × 2. */
  embedding: Float32Array;
  /** Absent where there are no classes, or no final model. */
  classes?: ClassResults;
}

/** What is known of the classes of an edge, by label. */
export interface ClassResults {
  /** x and y in the plane, classes × 2. */
  centroids: Float32Array;
  /** eV of each channel of the means. */
  energy: Float32Array;
  /** Mean net spectra, counts, of the classes that have pixels. */
  meanSpectra: Float32Array[];
}

/** What `analyse --out` wrote of a pair of edges, nats; NaN where not measured. */
export interface PairResults {
  a: string;
  b: string;
  pointwise: Float32Array;
  local: Float32Array;
}

/** A results folder: what `analyse --out` wrote, or `results/` of a session. */
export interface Results {
  folder: string;
  summary: ResultsSummary;
  /** Rows, columns. */
  shape: readonly [number, number];
  counts: Float32Array;
  /** t/λ; absent where there was no zero-loss peak. */
  thickness?: Float32Array;
  /** In the order they were asked for; those that were unavailable have no maps, and stand in the summary alone. */
  edges: EdgeResults[];
  pairs: PairResults[];
}

/**
 * Reads a results folder whole: maps and means, no spectra of pixels.
 * @throws InputError naming the file when one is missing, damaged, or of another shape than the summary says
 */
export async function readResults(folder: string): Promise<Results> {
  const summary = await readSummary(folder);
  const { shape } = summary.scan;
  const map = (path: string) => readArray(join(folder, path), Float32Array, shape);
  const edges: EdgeResults[] = [];
  for (const [name, edge] of Object.entries(summary.edges))
    if (edge.status !== 'unavailable') edges.push(await readEdge(folder, name, edge, shape));
  const pairs: PairResults[] = [];
  for (const { a, b } of summary.information) {
    const stem = join('information', `${a}~${b}`);
    pairs.push({ a, b, pointwise: await map(`${stem}.npy`), local: await map(`${stem}-local.npy`) });
  }
  return {
    folder,
    summary,
    shape,
    counts: await map('counts.npy'),
    ...(summary.thickness !== undefined && { thickness: await map('thickness.npy') }),
    edges,
    pairs,
  };
}

async function readSummary(folder: string): Promise<ResultsSummary> {
  const path = join(folder, 'summary.json');
  const bytes = await readBytes(path);
  let content: unknown;
  try {
    content = JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw new InputError(path, 'file', 'expected JSON', { cause });
  }
  return parseResultsSummary(content, path);
}

async function readEdge(
  folder: string,
  name: string,
  summary: EdgeResultSummary,
  shape: readonly [number, number],
): Promise<EdgeResults> {
  const path = (file: string) => join(folder, name, file);
  const map = (stem: ScalarMapName) => readArray(path(`${stem}.npy`), Float32Array, shape);
  const [intensity, snr, uncertainty, novelty, flags] = await Promise.all(SCALAR_MAPS.map(map));
  const classes = summary.classes ?? 0;
  // Without a final model the files of classes are not there, or those of an earlier run.
  const isFinal = summary.status === 'final';
  const labels = await readArray(path('labels.npy'), Int16Array, shape);
  const unknown = labels.find((label) => label < -2 || label >= classes);
  if (unknown !== undefined)
    throw new InputError(path('labels.npy'), 'labels', `expected −2 to ${classes - 1}, found ${unknown}`);
  // An edge that is nowhere has a class without pixels, and no spectrum.
  const found = labels.reduce((most, label) => Math.max(most, label + 1), 0);
  return {
    name,
    summary,
    labels,
    intensity,
    snr,
    uncertainty,
    novelty,
    flags,
    embedding: await readArray(path('embedding.npy'), Float32Array, [...shape, 2]),
    ...(isFinal && found > 0 && { classes: await readClasses(path, classes, found) }),
  };
}

async function readClasses(
  path: (file: string) => string,
  classes: number,
  found: number,
): Promise<ClassResults> {
  const centroids = await readArray(path('centroids.npy'), Float32Array, [classes, 2]);
  const { data: energy } = await readNpy(path('energy.npy'), Float32Array);
  const means = await readArray(path('mean-spectra.npy'), Float32Array, [found, energy.length]);
  const meanSpectra = Array.from({ length: found }, (_, label) =>
    means.subarray(label * energy.length, (label + 1) * energy.length),
  );
  return { centroids, energy, meanSpectra };
}

type Samples<Data extends NpyArray> = new (length: number) => Data;

const spelled = (shape: readonly number[]): string => shape.join(' × ') || 'a single number';

async function readArray<Data extends NpyArray>(
  path: string,
  type: Samples<Data>,
  shape: readonly number[],
): Promise<Data> {
  const found = await readNpy(path, type);
  if (found.shape.length !== shape.length || found.shape.some((length, axis) => length !== shape[axis]))
    throw new InputError(path, 'shape', `expected ${spelled(shape)}, found ${spelled(found.shape)}`);
  return found.data;
}

async function readNpy<Data extends NpyArray>(path: string, type: Samples<Data>): Promise<NdArray<Data>> {
  const { data, shape } = decodeNpy(await readBytes(path), path);
  if (!(data instanceof type))
    throw new InputError(path, 'descr', `expected ${type.name}, found ${data.constructor.name}`);
  return { data, shape };
}

async function readBytes(path: string): Promise<Buffer> {
  return readFile(path).catch((error: unknown) => {
    throw inputFault(error, path);
  });
}
