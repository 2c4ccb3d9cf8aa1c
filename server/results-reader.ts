import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  componentsOf,
  dtypeOf,
  EDGE_MAPS,
  type EdgeMapKind,
  InputError,
  type LayerKind,
  type MapSamples,
  type MapSubject,
  PAIR_MAPS,
  type PairMapKind,
  type PhaseTable,
  resultPath,
  SCAN_MAPS,
  type ScanMapKind,
} from '../protocol/index.ts';
import { inputFault } from './formats/input-fault.ts';
import { decodeNpy, type NdArray, type NpyArray } from './formats/numpy/numpy.ts';
import { PHASES } from './results-folder.ts';
import { parsePhaseTable } from './results-phases.ts';
import { type EdgeResultSummary, parseResultsSummary, type ResultsSummary } from './results-summary.ts';

/** Maps of an edge, row-major, by kind. */
type EdgeMapResults = { [Kind in EdgeMapKind]: MapSamples<Kind> };
type PairMapResults = { [Kind in PairMapKind]: MapSamples<Kind> };
type ScanMapResults = { [Kind in ScanMapKind]: MapSamples<Kind> };

/** What `analyse --out` wrote of one edge. */
export interface EdgeResults extends EdgeMapResults {
  name: string;
  summary: EdgeResultSummary;
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

/**
 * A results folder: what `analyse --out` wrote, or `results/` of a session. Of the maps of the scan those are absent that the scan
 * had not: t/λ without a zero-loss peak, the value of a rescan without a plan, phases in results of an earlier version.
 */
export interface Results extends Partial<ScanMapResults> {
  folder: string;
  summary: ResultsSummary;
  /** Rows, columns. */
  shape: readonly [number, number];
  counts: Float32Array;
  /** There with the map of phases. */
  phaseTable?: PhaseTable;
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
  const edges: EdgeResults[] = [];
  for (const [name, edge] of Object.entries(summary.edges))
    if (edge.status !== 'unavailable') edges.push(await readEdge(folder, name, edge, shape));
  const pairs: PairResults[] = [];
  for (const { a, b } of summary.information) {
    const maps = (await readMaps(PAIR_MAPS, folder, shape, { pair: [a, b] })) as PairMapResults;
    pairs.push({ a, b, pointwise: maps.information, local: maps['local-information'] });
  }
  const scanMaps = (await readMaps(
    await scanMapsIn(folder, summary),
    folder,
    shape,
  )) as Partial<ScanMapResults> & Pick<Results, 'counts'>;
  const phaseTable = scanMaps.phases && (await readPhases(folder, scanMaps.phases));
  return { folder, summary, shape, ...scanMaps, ...(phaseTable && { phaseTable }), edges, pairs };
}

async function readPhases(folder: string, map: Int16Array): Promise<PhaseTable> {
  const path = join(folder, PHASES);
  const table = parsePhaseTable(await readJson(path), path);
  const known = table.phases.length;
  const unknown = map.find((number) => number < -2 || number >= known);
  if (unknown !== undefined)
    throw new InputError(
      join(folder, 'phases.npy'),
      'numbers',
      `expected −2 to ${known - 1}, found ${unknown}`,
    );
  return table;
}

/** Maps of the scan that a folder has to have, and those that it has besides. */
async function scanMapsIn(folder: string, { thickness }: ResultsSummary): Promise<ScanMapKind[]> {
  const kinds: ScanMapKind[] = [];
  for (const kind of SCAN_MAPS) {
    const path = resultPath(kind);
    if (path === undefined) continue;
    if (kind === 'counts' || kind === 'thickness') {
      if (kind === 'counts' || thickness !== undefined) kinds.push(kind);
    } else if (await isThere(join(folder, path))) kinds.push(kind);
  }
  return kinds;
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

async function readMaps(
  kinds: readonly LayerKind[],
  folder: string,
  shape: readonly [number, number],
  subject?: MapSubject,
): Promise<Partial<Record<LayerKind, NpyArray>>> {
  const read = async (kind: LayerKind) => {
    const type: Samples<NpyArray> = dtypeOf(kind) === 'i16' ? Int16Array : Float32Array;
    const components = componentsOf(kind);
    const path = join(folder, resultPath(kind, subject) ?? kind);
    return [kind, await readArray(path, type, components === 1 ? shape : [...shape, components])] as const;
  };
  return Object.fromEntries(await Promise.all(kinds.map(read)));
}

async function readSummary(folder: string): Promise<ResultsSummary> {
  const path = join(folder, 'summary.json');
  return parseResultsSummary(await readJson(path), path);
}

async function readJson(path: string): Promise<unknown> {
  const bytes = await readBytes(path);
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw new InputError(path, 'file', 'expected JSON', { cause });
  }
}

async function readEdge(
  folder: string,
  name: string,
  summary: EdgeResultSummary,
  shape: readonly [number, number],
): Promise<EdgeResults> {
  const path = (file: string) => join(folder, name, file);
  const maps = (await readMaps(EDGE_MAPS, folder, shape, { edge: name })) as EdgeMapResults;
  const classes = summary.classes ?? 0;
  // Without a final model the files of classes are not there, or those of an earlier run.
  const isFinal = summary.status === 'final';
  const { labels } = maps;
  const unknown = labels.find((label) => label < -2 || label >= classes);
  if (unknown !== undefined)
    throw new InputError(path('labels.npy'), 'labels', `expected −2 to ${classes - 1}, found ${unknown}`);
  // An edge that is nowhere has a class without pixels, and no spectrum.
  const found = labels.reduce((most, label) => Math.max(most, label + 1), 0);
  return {
    name,
    summary,
    ...maps,
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
