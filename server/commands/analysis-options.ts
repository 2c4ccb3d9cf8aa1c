import { type Command, OPTIONS } from '../command-table.ts';
import { checkOptions, type Options } from '../config.ts';
import type { OpenOptions } from '../formats/format.ts';
import type { AnalysisOptions } from '../pipeline/options.ts';
import { builtInReferences } from '../references/built-in.ts';
import { type ReferenceFolder, readReferenceFolder } from '../references/folder.ts';
import { readJournal } from '../sessions/journal-reader.ts';
import { sessionFiles } from '../sessions/session-files.ts';

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
    seed: options.seed,
    ...(options.memory !== undefined && { memory: options.memory }),
    ...(options.threads !== undefined && { threads: options.threads }),
    live,
  };
}

/** What the user knows better than the file. */
export function fileOptions({ energy, shape }: Options): OpenOptions {
  return {
    ...(energy && { energy: { offset: energy[0], dispersion: energy[1], units: 'eV' } }),
    ...(shape && { shape }),
  };
}

/** Of the options that were given those that a result depends on, for the journal: no secrets, nothing about the server. */
export function recordedOptions({ given }: Options): Record<string, unknown> {
  const has = (command: Command, name: string) => OPTIONS[name]?.commands.includes(command);
  // What `sessions` has too, which analyses nothing, is about what is printed.
  const isOfAnalysis = (name: string) => has('analyse', name) && !has('sessions', name) && name !== 'out';
  return Object.fromEntries(Object.entries(given).filter(([name]) => isOfAnalysis(name)));
}

/**
 * Options to analyse a recorded session with: those of the recording, as far as `given` has none.
 * @param given as on the command line
 * @throws InputError when the session's journal cannot be read
 */
export async function sessionOptions(
  folder: string,
  given: Readonly<Record<string, unknown>>,
): Promise<Options> {
  const { records } = await readJournal(sessionFiles(folder).journal);
  const scan = records.findLast(({ topic }) => topic === 'scan');
  return checkOptions({ ...(scan?.topic === 'scan' && scan.content.options), ...given });
}
