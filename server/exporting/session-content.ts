import { basename } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { InputError, type Phase, pixelCount, type Scan } from '../../protocol/index.ts';
import { coverByRescans } from '../formats/reading/cover-by-rescans.ts';
import { type Results, readResults } from '../results-reader.ts';
import { hasResults } from '../sessions/has-results.ts';
import { SignalFiles } from '../sessions/passes/signal-files.ts';
import { intactPatches } from '../sessions/rescans/intact-patches.ts';
import { holdsCounts, type SessionDescription } from '../sessions/session-description.ts';
import { sessionFiles } from '../sessions/session-files.ts';
import { type SessionLayouts, sessionLayouts, withPatches } from '../sessions/session-layouts.ts';
import { readPass } from '../sessions/session-reader.ts';
import { withFileRescans } from '../sources/file-sessions/file-rescans.ts';
import { sourceCounts } from '../sources/file-sessions/source-counts.ts';
import type { ExportContent, ExportEdge, ExportMap } from './exportable.ts';
import { signalMap } from './file-content.ts';
import { missingNote, passesMaps } from './measured-passes.ts';
import { edgesOf, mapsOf } from './results-content.ts';

/**
 * A recorded session: its counts as far as they are those that were written, its scalar signals, and its final maps where it has
 * them.
 * @throws InputError when its files cannot be read
 */
export async function sessionContent(
  folder: string,
  description: SessionDescription,
): Promise<ExportContent> {
  const { scan: filed, status, created } = description;
  const notes: string[] = [];
  const counts = await (holdsCounts(description) ? ownCounts : filedCounts)(folder, description, notes);
  const complete = counts?.complete;
  if (complete) notes.push(...missingNote(complete));
  if (status === 'open') notes.push('the session is still open: spectra may follow');
  const maps: ExportMap[] = [...(complete ? passesMaps(complete) : []), ...(counts?.signals ?? [])];
  const { edges, energy, phases } = await resultsOf(folder, maps, notes);
  const scan: Scan = { ...filed, energy: energy ?? filed.energy };
  return {
    ...(counts && { cubes: counts.cubes }),
    scan,
    file: basename(folder),
    source: description.source,
    ...(!isDeepStrictEqual(scan.energy, filed.energy) && { filedEnergy: filed.energy }),
    created,
    ...(complete && { passes: complete }),
    maps,
    edges,
    ...(phases && { phases }),
    notes,
  };
}

interface SessionCounts {
  cubes: NonNullable<ExportContent['cubes']>;
  /** Passes that are there at each pixel. */
  complete: Uint8Array;
  signals: ExportMap[];
}

async function ownCounts(
  folder: string,
  description: SessionDescription,
  notes: string[],
): Promise<SessionCounts> {
  const { patches } = await intactPatches(folder, description);
  const own = sessionLayouts(folder, description.scan, Math.max(description.passes, 1));
  const cubes = await withThose(withPatches(own, folder, description, patches), folder, description, notes);
  const complete = await intactPasses(folder, description);
  coverByRescans(complete, cubes.core);
  return {
    cubes,
    complete,
    signals: await signalMaps(folder, description),
  };
}

/** Counts in the files that a session refers to; the maps are exported without them, too. */
async function filedCounts(
  folder: string,
  description: SessionDescription,
  notes: string[],
): Promise<SessionCounts | undefined> {
  try {
    const { core, lowLoss, passes, signals } = await sourceCounts(folder, description);
    const complete = new Uint8Array(pixelCount(description.scan));
    for (const [pass, present] of passes.entries())
      for (let pixel = 0; pixel < complete.length; pixel++)
        if (complete[pixel] === pass && present.has(pixel)) complete[pixel]++;
    const cubes = await withThose({ core, ...(lowLoss && { lowLoss }) }, folder, description, notes);
    coverByRescans(complete, cubes.core);
    return {
      cubes,
      complete,
      signals: signals.map(({ name, values }) => signalMap(name, meansOf(values))),
    };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    notes.push(`the counts cannot be read (${error.message}): final maps alone`);
    return undefined;
  }
}

/** With the rescans that were added from files of their own, where these can be read. */
async function withThose(
  cubes: SessionLayouts,
  folder: string,
  { fileRescans = [] }: SessionDescription,
  notes: string[],
): Promise<SessionLayouts> {
  if (fileRescans.length === 0) return cubes;
  try {
    const { core, lowLoss } = await withFileRescans(cubes, folder, fileRescans);
    return { core, ...(lowLoss && { lowLoss }) };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    notes.push(`rescans cannot be read (${error.message}): the counts are those of the scan without them`);
    return cubes;
  }
}

/** Passes whose samples are those that were written, at each pixel; a pass counts where all before it do. */
async function intactPasses(folder: string, description: SessionDescription): Promise<Uint8Array> {
  const pixels = pixelCount(description.scan);
  const complete = new Uint8Array(pixels);
  for (let pass = 0; pass < description.passes; pass++) {
    const { present } = await readPass(folder, description, pass);
    for (let pixel = 0; pixel < pixels; pixel++)
      if (complete[pixel] === pass && present.has(pixel)) complete[pixel]++;
  }
  return complete;
}

/** Scalar signals, means over the passes. */
async function signalMaps(
  folder: string,
  { scan, signals, passes }: SessionDescription,
): Promise<ExportMap[]> {
  const files = sessionFiles(folder);
  const pixels = pixelCount(scan);
  const maps: ExportMap[] = [];
  for (const { name, file } of signals) {
    const values: Float32Array[] = [];
    for (let pass = 0; pass < passes; pass++) {
      const found = await new SignalFiles(() => files.signal(file, pass), pixels).read(0);
      if (found) values.push(found);
    }
    if (values.length > 0) maps.push(signalMap(name, meansOf(values)));
  }
  return maps;
}

/** Means over the passes that have a value, NaN where none has. */
function meansOf(values: readonly Float32Array[]): Float32Array {
  const sums = new Float64Array(values[0]?.length ?? 0);
  const counts = new Uint8Array(sums.length);
  for (const pass of values)
    for (const [pixel, value] of pass.entries()) {
      if (Number.isNaN(value)) continue;
      sums[pixel] += value;
      counts[pixel]++;
    }
  // 0 / 0 is NaN: no value.
  return Float32Array.from(sums, (sum, pixel) => sum / counts[pixel]);
}

/** Adds the final maps, if the session has them. */
async function resultsOf(
  folder: string,
  maps: ExportMap[],
  notes: string[],
): Promise<{ edges: ExportEdge[]; energy?: Scan['energy']; phases?: Phase[] }> {
  const path = sessionFiles(folder).results;
  if (!(await hasResults(folder))) {
    notes.push('the session has no final maps: counts and scalar signals alone');
    return { edges: [] };
  }
  let results: Results;
  try {
    results = await readResults(path);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    notes.push(`the final maps cannot be read (${error.message}): counts and scalar signals alone`);
    return { edges: [] };
  }
  maps.push(...mapsOf(results));
  const { offset, dispersion } = results.summary.scan.energy;
  const phases = results.phaseTable?.phases;
  return {
    edges: edgesOf(results),
    energy: { offset, dispersion, units: 'eV' },
    ...(phases && { phases }),
  };
}
