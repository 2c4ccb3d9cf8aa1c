import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { type Annotation, InputError } from '../../protocol/index.ts';

/** What people said of a session, while it was recorded or afterwards; the recording itself stays as it is. */
export interface SessionAbout {
  /** In place of the scan's name. */
  name?: string;
  note?: string;
  /** Never deleted to make room. */
  pinned?: boolean;
  /** Notes about the scan. */
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

/** Changes, by folder, that are under way: one is made after the other. */
const underWay = new Map<string, Promise<void>>();

/** Changes what was said; what is left out stays, and an empty name or note is none. */
export function changeAbout(folder: string, said: SessionAbout): Promise<void> {
  const before = underWay.get(folder) ?? Promise.resolve();
  const change = before.then(async () => {
    const { name, note, ...rest } = { ...(await readAbout(folder)), ...said };
    await writeAbout(folder, { ...rest, ...(name && { name }), ...(note && { note }) });
  });
  const settled = change
    .catch(() => {})
    .finally(() => {
      if (underWay.get(folder) === settled) underWay.delete(folder);
    });
  underWay.set(folder, settled);
  return change;
}

/** Replaces what was said as a whole, so that a crash leaves the old or the new. */
async function writeAbout(folder: string, about: SessionAbout): Promise<void> {
  const draft = `${pathOf(folder)}.new`;
  await writeFile(draft, `${JSON.stringify(about, undefined, 2)}\n`, { flush: true });
  await rename(draft, pathOf(folder));
}
