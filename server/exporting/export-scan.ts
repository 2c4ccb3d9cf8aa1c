import { basename, extname, join } from 'node:path';
import { InputError } from '../../protocol/index.ts';
import { type ExportOptions, writeWhole } from './draft.ts';
import { ExportSteps } from './export-steps.ts';
import type { Exportable } from './exportable.ts';
import { type ExportSignal, sizeOf } from './signal.ts';
import { signalsOf } from './signals.ts';

type Writer = (path: string, content: Exportable, options: ExportOptions) => Promise<string[]>;

/** Loaded when it is wanted: HDF5 and the drawing of pictures are megabytes of code. */
const WRITERS: Record<string, () => Promise<Writer>> = {
  '.hspy': async () => signalWriter((await import('./hspy.ts')).writeHspy),
  '.zspy': async () => signalWriter((await import('./zspy.ts')).writeZspy),
  '.rpl': async () => (await import('./ripple.ts')).writeRipple,
  '.csv': async () => (await import('./csv.ts')).writeCsv,
  '.png': async () => (await import('./figures/pictures.ts')).writePictures,
};

/** Suffixes of the formats that are written. */
export const EXPORT_SUFFIXES: readonly string[] = Object.keys(WRITERS);

/** Suffix of a path, which says the format. */
export const exportSuffix = (path: string): string => extname(path).toLowerCase();

/** Whether a path names a format that is written. */
export const isExportPath = (path: string): boolean => Object.hasOwn(WRITERS, exportSuffix(path));

/**
 * Writes a scan in the format that the suffix of `path` names (README.md says what each holds).
 * @returns the files that were written
 * @throws InputError when the path is taken, or the scan has nothing that the format holds
 */
export async function exportScan(
  content: Exportable,
  path: string,
  options: ExportOptions = {},
): Promise<string[]> {
  if (!isExportPath(path))
    throw new InputError(path, '--to', `expected a name that ends in one of ${EXPORT_SUFFIXES.join(', ')}`);
  const write = await WRITERS[exportSuffix(path)]();
  return write(path, content, options);
}

function signalWriter(
  write: (path: string, signals: readonly ExportSignal[], steps: ExportSteps) => Promise<void>,
): Writer {
  return async (path, content, options) => {
    const signals = signalsOf(content);
    if (signals.length === 0) throw new InputError(path, '--to', 'expected something to export, found none');
    const total = signals.reduce((bytes, signal) => bytes + sizeOf(signal), 0);
    const steps = new ExportSteps(total, options.signal, options.progress);
    await writeWhole([path], options, (folder) => write(join(folder, basename(path)), signals, steps));
    return [path];
  };
}
