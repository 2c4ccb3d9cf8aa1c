import { join } from 'node:path';
import { rippleRawPath } from '../formats/ripple-writer.ts';

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
});

/** A name that every file system takes, readable; empty names and those of dots alone become `scan`. */
export function fileName(name: string, most = 60): string {
  const readable = name
    .replaceAll(/[^\p{L}\p{N}._ -]+/gu, '_')
    .replace(/^[. ]+/, '')
    .slice(0, most)
    .replace(/[. ]+$/, '');
  return readable === '' ? 'scan' : readable;
}
