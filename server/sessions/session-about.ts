import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { type Annotation, InputError } from '../../protocol/index.ts';

/** What people said of a session afterwards; the recording itself stays as it is. */
export interface SessionAbout {
  /** In place of the scan's name. */
  name?: string;
  note?: string;
  /** Never deleted to make room. */
  pinned?: boolean;
  /** Notes about the scan; absent while they are those of the journal. */
  annotations?: Annotation[];
}

const number = v.pipe(v.number(), v.finite());
const SCHEMA = v.looseObject({
  name: v.exactOptional(v.string()),
  note: v.exactOptional(v.string()),
  pinned: v.exactOptional(v.boolean()),
  annotations: v.exactOptional(
    v.array(v.looseObject({ id: v.string(), text: v.string(), at: number, made: number })),
  ),
});

const pathOf = (folder: string): string => join(folder, 'about.json');

/**
 * @returns empty where nothing was said
 * @throws InputError for a file that is damaged
 */
export async function readAbout(folder: string): Promise<SessionAbout> {
  let text: string;
  try {
    text = await readFile(pathOf(folder), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
  try {
    return v.parse(SCHEMA, JSON.parse(text)) as SessionAbout;
  } catch (cause) {
    throw new InputError(pathOf(folder), 'file', 'expected what was noted of the session', { cause });
  }
}

/** Replaces what was said as a whole. */
export async function writeAbout(folder: string, about: SessionAbout): Promise<void> {
  const draft = `${pathOf(folder)}.new`;
  await writeFile(draft, `${JSON.stringify(about, undefined, 2)}\n`, { flush: true });
  await rename(draft, pathOf(folder));
}
