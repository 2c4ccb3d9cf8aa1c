import { pixelCount } from '../../../protocol/index.ts';
import { coverByRescans } from '../../formats/reading/cover-by-rescans.ts';
import { relativeDwell } from '../../formats/reading/exposure.ts';
import { cutOffPixels } from '../../rescans/taken-rescan.ts';
import type { PassWriter } from '../../sessions/passes/pass-writer.ts';
import {
  isDue,
  type RescanNote,
  type RescanRecord,
  rescanTitle,
} from '../../sessions/rescans/rescan-record.ts';
import { rowsLeft, wholeRows } from '../../sessions/rescans/rescan-rows.ts';
import type { RescanOutcome } from '../../sessions/rescans/session-rescans.ts';
import { sumRescan } from '../../sessions/rescans/sum-rescan.ts';
import { patchLayouts } from '../../sessions/session-layouts.ts';
import type { SessionWriter } from '../../sessions/session-writer.ts';
import type { PlaceRescan } from './place-rescan.ts';
import { dwellsOfRescan } from './rescan-geometry.ts';

/**
 * Adds the whole rows of the rescans of a session that have ended since to its scan, where they can be registered with it.
 * @returns what became of each
 */
export async function settleRescans(session: SessionWriter, place: PlaceRescan): Promise<RescanNote[]> {
  const notes: RescanNote[] = [];
  for (const record of session.rescans.records.filter(isDue))
    notes.push(await settle(session, record, place));
  return notes;
}

async function settle(session: SessionWriter, record: RescanRecord, place: PlaceRescan): Promise<RescanNote> {
  const { file } = record;
  const { pass } = session.rescans.of(file);
  const outcome = await outcomeOf(session, record, pass, place);
  // More of it may have come meanwhile: then it is settled at its next end.
  if (!isDue(session.rescans.of(file).record)) return noteOf(record, pass, { state: 'goes on' });
  await session.rescans.settle(file, outcome);
  if ('refused' in outcome) return noteOf(record, pass, { state: 'refused', refused: outcome.refused });
  const [first] = outcome.patches;
  return noteOf(record, pass, {
    state: 'added',
    rows: outcome.patches.map(({ rows }) => rows),
    patches: session.description.patches?.length ?? 0,
    ...(first?.shift && { shift: first.shift }),
    ...cutOffPixels({
      replaces: outcome.patches.flatMap(({ replaces = [] }) => replaces),
      omits: outcome.patches.flatMap(({ omits = [] }) => omits),
    }),
  });
}

async function outcomeOf(
  session: SessionWriter,
  record: RescanRecord,
  pass: PassWriter,
  place: PlaceRescan,
): Promise<RescanOutcome> {
  const { scan, layouts, folder, description } = session;
  const { file, finer } = record;
  const { region } = record.scan;
  const rows = rowsLeft(wholeRows(record, pass.spans()), file, description.patches ?? []);
  if (rows.length === 0) return { patches: [] };
  const sums = finer > 1 ? await sumRescan(folder, record, rows) : undefined;
  const dwells = dwellsOfRescan(scan, record.scan, region, finer);
  // All of it was scanned in one go: what is found for most of it holds for the rest.
  const most = rows.reduce((a, b) => (b[1] - b[0] > a[1] - a[0] ? b : a));
  const parts = rows.map((span) => ({
    cube: patchLayouts(folder, record, span).core,
    y: region.y + span[0],
    x: region.x,
    dwells,
  }));
  const drift = description.patches?.at(-1)?.applied;
  const found = await place({
    scan,
    core: layouts.core,
    ...(await exposedBy(session)),
    rescan: parts[rows.indexOf(most)],
    parts,
    ...(drift && { drift }),
    name: rescanTitle(record),
  });
  if ('refused' in found) return found;
  const { applied, shift, note, cutOff } = found;
  return {
    patches: rows.map((span, index) => ({
      rescan: file,
      rows: span,
      y: region.y + applied.y,
      x: region.x + applied.x,
      dwells,
      ...(shift && { shift }),
      applied,
      ...(note !== undefined && { note }),
      ...(sums && { summed: sums[index] }),
      ...cutOff?.[index],
    })),
  };
}

/** How the pixels of the scan are exposed so far. */
async function exposedBy(session: SessionWriter): Promise<{ measured: Uint8Array; dwell?: Float32Array }> {
  const pixels = pixelCount(session.scan);
  const measured = new Uint8Array(pixels);
  for (const [number, pass] of session.passes())
    for (const { first, end } of pass.spans())
      for (let pixel = first; pixel < end; pixel++) if (measured[pixel] === number) measured[pixel]++;
  coverByRescans(measured, session.layouts.core);
  const [, first] = [...session.passes()][0] ?? [];
  const signal = session.signals.indexOf('dwell');
  const { dwellSeconds } = session.scan;
  const seconds = first && dwellSeconds && signal >= 0 ? await first.values(signal) : undefined;
  if (!seconds || !dwellSeconds) return { measured };
  const dwell = new Float32Array(pixels);
  relativeDwell(seconds, dwellSeconds, dwell, 0);
  return { measured, dwell };
}

/** What is to be said of a rescan. */
export function noteOf(
  { file, scan, plan }: RescanRecord,
  pass: Pick<PassWriter, 'count'>,
  what: Pick<RescanNote, 'state'> & Partial<RescanNote>,
): RescanNote {
  const { y, x, height, width } = scan.region;
  return {
    file,
    id: scan.id,
    region: { y, x, height, width },
    ...(plan && { plan }),
    spectra: pass.count,
    ...what,
  };
}
