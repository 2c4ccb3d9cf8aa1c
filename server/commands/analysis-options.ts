import type { Options } from '../config.ts';
import type { OpenOptions } from '../formats/format.ts';
import { optionOf } from '../option-table.ts';
import type { AnalysisOptions } from '../pipeline/options.ts';
import { PLAN_DEFAULTS, type PlanOptions } from '../pipeline/planner/plan-options.ts';
import { builtInReferences } from '../references/built-in.ts';
import { type ReferenceFolder, readReferenceFolder } from '../references/folder.ts';
import type { WatchOptions } from '../sources/folders/directory.ts';

/**
 * What the command line says about the analysis.
 * @param onReferences told what became of the user's references
 * @throws InputError when their folder cannot be read
 */
export function analysisOptions(
  options: Options,
  live: boolean,
  onReferences: (folder: ReferenceFolder) => void,
): AnalysisOptions {
  const builtIn = builtInReferences();
  const folder =
    options.references === undefined ? undefined : readReferenceFolder(options.references, builtIn);
  if (folder) onReferences(folder);
  return {
    references: [...builtIn, ...(folder?.references ?? [])],
    calibrationSigmaEv: options['energy-sigma'],
    edges: options.edges,
    classes: options.classes,
    classesIn: options['classes-in'],
    background: options.background,
    align: options.align,
    calibrate: options.calibrate,
    landmarks: options.landmarks,
    umap: options.umap,
    kmeans: options.kmeans,
    seed: options.seed,
    ...(options.memory !== undefined && { memory: options.memory }),
    ...(options.threads !== undefined && { threads: options.threads }),
    ...((live || options.budget) && { plan: planOptions(options) }),
    live,
  };
}

/** What the command line says about rescans. */
function planOptions(options: Options): PlanOptions {
  const { request } = PLAN_DEFAULTS;
  return {
    request: { ...request, ...(options.budget && { budget: options.budget }) },
    ...(options['dose-limit'] !== undefined && { doseLimit: options['dose-limit'] }),
    ...(options['beam-current'] !== undefined && { beamCurrent: options['beam-current'] }),
    flybackSeconds: options['flyback-time'],
    setupSeconds: options['setup-time'],
    autoAccept: options['auto-accept'],
    inResults: options.budget !== undefined,
  };
}

/** What the user knows better than the file. */
export function fileOptions({ energy, shape, rows, image }: Options): OpenOptions {
  return {
    ...(energy && { energy: { offset: energy[0], dispersion: energy[1], units: 'eV' } }),
    ...(shape && { shape }),
    ...(rows && { rows }),
    ...(image !== undefined && { image }),
  };
}

/** How far a folder is looked through. */
export function folderOptions(options: Options): Pick<WatchOptions, 'depth' | 'followLinks'> {
  return { depth: options.depth, followLinks: options['follow-links'] };
}

/** Options of `analyse` that its results do not depend on. */
const WITHOUT_EFFECT = ['out', 'json', 'log-level', 'memory', 'threads', 'config', 'depth', 'follow-links'];

/** Of the options that were given those that a result depends on, for the journal: no secrets, nothing about the server. */
export function analysisGiven({ given }: Options): Record<string, unknown> {
  const isOfAnalysis = (name: string) =>
    optionOf(name)?.commands.includes('analyse') && !WITHOUT_EFFECT.includes(name);
  return Object.fromEntries(Object.entries(given).filter(([name]) => isOfAnalysis(name)));
}
