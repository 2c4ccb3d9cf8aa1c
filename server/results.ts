import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type ClassSpectra,
  componentsOf,
  EDGE_MAPS,
  type LayerKind,
  type MapSubject,
  resultPath,
  SCAN_MAPS,
  type ScanMapKind,
} from '../protocol/index.ts';
import { makeFolder } from './formats/files/make-folder.ts';
import { encodeNpy } from './formats/numpy/numpy.ts';
import { shownPhases } from './pipeline/phases/phase-topic.ts';
import { planFile } from './pipeline/planner/plan-file.ts';
import type { ScanRun } from './pipeline/scan-run.ts';
import { summarise } from './pipeline/summary.ts';
import { writePlan } from './planning/plan-formats.ts';
import { CLASS_FILES, PAIRS, PHASES, PLAN, PLAN_MASK, pairTable, SUMMARY } from './results-folder.ts';
import { sessionFiles } from './sessions/session-files.ts';

type Samples = Float32Array | Int16Array;

/**
 * Writes everything `analyse --out` promises (see the README) into `directory`, which is made where it is missing and in which there are no
 * earlier results. The summary comes last: where it is, all of it is there.
 */
export async function writeResults(directory: string, run: ScanRun, version: string): Promise<void> {
  const [rows, columns] = run.scan.shape;
  const write = async (path: string, data: Samples, shape: number[]) =>
    writeFile(join(directory, path), encodeNpy(data.slice(), shape));
  await makeFolder(join(directory, PAIRS));
  const writeMap = async (kind: LayerKind, data: Samples, subject?: MapSubject) => {
    const path = resultPath(kind, subject);
    const components = componentsOf(kind);
    if (path !== undefined)
      await write(path, data, components === 1 ? [rows, columns] : [rows, columns, components]);
  };
  for (const kind of SCAN_MAPS) if (isResult(run, kind)) await writeMap(kind, run.layers.ofScan(kind));
  const phases = shownPhases(run);
  if (phases) await writeJson(join(directory, PHASES), phases);
  await writePlanFiles(directory, run, version);
  for (const [edge, maps] of run.layers.edges) {
    await makeFolder(join(directory, edge));
    for (const kind of EDGE_MAPS) await writeMap(kind, maps[kind], { edge });
    await writeClasses(directory, run, edge, write);
  }
  for (const table of run.topics.values()) {
    if (table.type !== 'information') continue;
    const maps = run.layers.ofPair(table.a, table.b);
    if (!maps) continue;
    await writeJson(join(directory, pairTable(table.a, table.b)), table);
    for (const { layer, data } of [maps.pointwise, maps.local]) await writeMap(layer.kind, data, layer);
  }
  await writeJson(join(directory, SUMMARY), summarise(run, version));
}

/**
 * `plan.json` and the mask, where a plan was asked for by name: what monitors plan by themselves is shown and recorded. The map of the
 * value of a rescan is among those of the scan.
 */
async function writePlanFiles(directory: string, run: ScanRun, version: string): Promise<void> {
  const plan = planFile({ scan: run.message, layers: run.layers.all, topics: run.topics }, version);
  if (!plan || plan.verdict === 'too-early' || !run.plan?.isInResults) return;
  await writeJson(join(directory, PLAN), plan);
  await writeFile(join(directory, PLAN_MASK), await writePlan('mask.npy', plan, run.scan));
}

/**
 * Maps of the scan that are among the results: t/λ where a zero-loss peak was found in the end, the value of a rescan where a plan
 * was asked for, phases where an edge has classes, others where they are shown.
 */
function isResult(run: ScanRun, kind: ScanMapKind): boolean {
  if (kind === 'plan-value' && !run.plan?.isInResults) return false;
  // Its table says what it shows, also where references name nothing.
  if (kind === 'phases') return shownPhases(run) !== undefined;
  if (kind !== 'thickness') return run.layers.isShown(kind);
  const sum = run.topics.get('sum-spectrum');
  return sum?.type === 'sum-spectrum' && sum.zeroLoss !== undefined;
}

async function writeClasses(
  directory: string,
  run: ScanRun,
  name: string,
  write: (path: string, data: Samples, shape: number[]) => Promise<void>,
): Promise<void> {
  const centres = run.edges.find(({ edge }) => edge.name === name)?.centres ?? [];
  await write(join(name, CLASS_FILES.centroids), Float32Array.from(centres.flat()), [centres.length, 2]);
  const topic = run.topics.get(`class-spectra/${name}`) as ClassSpectra | undefined;
  if (!topic) return;
  const channels = topic.spectra[0]?.mean.length ?? 0;
  const means = Float32Array.from(topic.spectra.flatMap(({ mean }) => mean));
  const energy = Float32Array.from(
    { length: channels },
    (_, i) => topic.energy.offset + topic.energy.dispersion * i,
  );
  await write(join(name, CLASS_FILES.means), means, [topic.spectra.length, channels]);
  await writeFile(join(directory, name, CLASS_FILES.energy), encodeNpy(energy, [channels]));
}

async function writeJson(path: string, content: unknown): Promise<void> {
  await writeFile(path, `${JSON.stringify(content, undefined, 2)}\n`);
}

/** Writes the final maps of a recorded scan into its session, in place of those of an earlier end as a whole. */
export async function keepResults(session: string, run: ScanRun, version: string): Promise<void> {
  const folder = sessionFiles(session).results;
  const draft = `${folder}.new`;
  await rm(draft, { recursive: true, force: true });
  await writeResults(draft, run, version);
  await rm(folder, { recursive: true, force: true });
  await rename(draft, folder);
}
