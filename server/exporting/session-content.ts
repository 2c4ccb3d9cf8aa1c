import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { InputError, pixelCount, type Scan } from '../../protocol/index.ts';
import { type Results, readResults } from '../results-reader.ts';
import type { SessionDescription } from '../sessions/session-description.ts';
import { sessionFiles } from '../sessions/session-files.ts';
import { sessionLayouts } from '../sessions/session-layouts.ts';
import { readPass } from '../sessions/session-reader.ts';
import { SignalFiles } from '../sessions/signal-files.ts';
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
  const { scan: filed, status, created, passes } = description;
  const complete = await intactPasses(folder, description);
  const notes = missingNote(complete);
  if (status === 'open') notes.push('the session is still open: spectra may follow');
  const maps: ExportMap[] = [...passesMaps(complete), ...(await signalMaps(folder, description))];
  const { edges, energy } = await resultsOf(folder, maps, notes);
  const scan: Scan = { ...filed, energy: energy ?? filed.energy };
  return {
    cubes: sessionLayouts(folder, scan, Math.max(passes, 1)),
    scan,
    file: basename(folder),
    source: description.source,
    ...(!isDeepStrictEqual(scan.energy, filed.energy) && { filedEnergy: filed.energy }),
    created,
    passes: complete,
    maps,
    edges,
    notes,
  };
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

/** Means over the passes that have a value, NaN where none has. */
async function signalMaps(
  folder: string,
  { scan, signals, passes }: SessionDescription,
): Promise<ExportMap[]> {
  const files = sessionFiles(folder);
  const pixels = pixelCount(scan);
  const maps: ExportMap[] = [];
  for (const { name, file } of signals) {
    const sums = new Float64Array(pixels);
    const counts = new Uint8Array(pixels);
    for (let pass = 0; pass < passes; pass++) {
      const values = await new SignalFiles(() => files.signal(file, pass), pixels).read(0);
      values?.forEach((value, pixel) => {
        if (Number.isNaN(value)) return;
        sums[pixel] += value;
        counts[pixel]++;
      });
    }
    // 0 / 0 is NaN: no value.
    maps.push(
      signalMap(
        name,
        Float32Array.from(sums, (sum, pixel) => sum / counts[pixel]),
      ),
    );
  }
  return maps;
}

/** Adds the final maps, if the session has them. */
async function resultsOf(
  folder: string,
  maps: ExportMap[],
  notes: string[],
): Promise<{ edges: ExportEdge[]; energy?: Scan['energy'] }> {
  const path = sessionFiles(folder).results;
  const hasResults = await stat(join(path, 'summary.json')).then(
    () => true,
    () => false,
  );
  if (!hasResults) {
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
  return { edges: edgesOf(results), energy: { offset, dispersion, units: 'eV' } };
}
