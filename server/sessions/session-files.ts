import { join } from 'node:path';
import { rippleRawPath } from '../formats/text/ripple-writer.ts';

/** Name of the description in every session's folder: the sign that a folder is a session. */
export const SESSION_FILE = 'session.json';
/** Under this name it is written before it takes the place of the one before. */
export const DESCRIPTION_DRAFT = `${SESSION_FILE}.new`;

/** Where the files of a session lie. Samples are Ripple files (`.rpl` beside `.raw`), one `.raw` for each pass. */
export const sessionFiles = (folder: string) => ({
  description: join(folder, SESSION_FILE),
  descriptionDraft: join(folder, DESCRIPTION_DRAFT),
  core: (pass: number): string => rippleRawPath(join(folder, 'core'), pass),
  lowLoss: (pass: number): string => rippleRawPath(join(folder, 'low-loss'), pass),
  signal: (file: string, pass: number): string => rippleRawPath(join(folder, file), pass),
  header: (file: string): string => join(folder, `${file}.rpl`),
  journal: join(folder, 'journal.mcap'),
  /** Samples that the journal refers to. */
  pictures: join(folder, 'pictures.raw'),
  results: join(folder, 'results'),
  ledger: (pass: number): string => join(folder, pass === 0 ? 'core.ledger' : `core.pass${pass}.ledger`),
  rescan: (file: string) => rescanFiles(folder, file),
});

/** Files of a rescan, all under its own stem; the core bears it alone, so that other programs open it by that. */
const rescanFiles = (folder: string, file: string) => ({
  core: join(folder, `${file}.raw`),
  lowLoss: join(folder, `${file}.low-loss.raw`),
  signal: (signal: string): string => join(folder, `${file}.${signal}.raw`),
  /** @param part `low-loss` or a signal's; undefined for the core */
  header: (part?: string): string => join(folder, part === undefined ? `${file}.rpl` : `${file}.${part}.rpl`),
  ledger: join(folder, `${file}.ledger`),
  /** Of finer pixels: their sums in the scan's pixels. */
  summed: join(folder, `${file}.summed.raw`),
  summedLowLoss: join(folder, `${file}.low-loss.summed.raw`),
});

/** Stems that no scalar signal may have: those of the spectra, and of rescans. */
export const isReservedStem = (stem: string): boolean => /^(core|low-loss|rescan-\d+)$/i.test(stem);

/** A name that every file system takes, readable; empty names and those of dots alone become `scan`. */
export function fileName(name: string, most = 60): string {
  const readable = name
    .replaceAll(/[^\p{L}\p{N}._ -]+/gu, '_')
    .replace(/^[. ]+/, '')
    .slice(0, most)
    .replace(/[. ]+$/, '');
  return readable === '' ? 'scan' : readable;
}
