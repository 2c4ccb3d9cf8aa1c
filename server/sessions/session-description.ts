import { readFile, rename, writeFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { crc32 } from 'node:zlib';
import * as v from 'valibot';
import { InputError, type Scan } from '../../protocol/index.ts';
import type { CutOff } from '../formats/cube.ts';
import type { BootMark } from './boot-mark.ts';
import { FILE_RESCANS_SCHEMA, type FileRescanRecord } from './rescans/file-rescans.ts';
import {
  PATCHES_SCHEMA,
  type PatchRecord,
  RESCANS_SCHEMA,
  type RescanRecord,
} from './rescans/rescan-record.ts';
import type { ScanDescription } from './scan-description.ts';
import { sessionFiles } from './session-files.ts';
import { SOURCE_FILES_SCHEMA, type SourceFiles } from './source-files.ts';

/**
 * Versions of the layout of a session's folder. 1: the counts lie in it; 2: they lie in the files that `files` names; 3: they lie in it, and
 * to some pixels the counts of rescans are added (`patches`, `fileRescans`); 4: the same where they lie in files; 5 and 6: the same as 3 and 4, where counts of
 * some rescans take the place of others (`replaces`, `omits`). A program that knows only the first would look for counts in vain
 * or leave some out without a word, and refuses the others by name.
 */
export const SESSION_FORMATS = [1, 2, 3, 4, 5, 6] as const;
export type SessionFormat = (typeof SESSION_FORMATS)[number];

export const SESSION_STATUSES = ['open', 'complete', 'aborted', 'recovered'] as const;
export type SessionStatus = (typeof SESSION_STATUSES)[number];

/** Content of `session.json`: what was recorded, and how far that is. */
export interface SessionDescription {
  format: SessionFormat;
  program: { name: 'eelwatch'; version: string };
  status: SessionStatus;
  /** ISO 8601, UTC. */
  created: string;
  /** When the scan ended; absent while the session is open. */
  ended?: string;
  /** The scan ended because its file was rewritten: what that holds now is another scan. */
  rewritten?: true;
  /** What the spectra came from, for people. */
  source: string;
  scan: Scan;
  order: ScanDescription['order'];
  /** As the producer wrote it. */
  started?: string;
  /** Passes that have files. */
  passes: number;
  /** Scalar signals; `file` is the stem of their files. */
  signals: { name: string; file: string }[];
  /** Run of the machine in which it was last written: what was not synced then is there in the same run only. */
  boot: BootMark;
  /** Where the scan was watched in files: these. They hold the counts in format 2. */
  files?: SourceFiles;
  /** Rescans in the order in which they began. */
  rescans?: RescanRecord[];
  /** What of them was added to the scan, in the order in which it was. */
  patches?: PatchRecord[];
  /** Rescans that were added from files of their own. */
  fileRescans?: FileRescanRecord[];
}

/** Whether the counts of a session lie in it. */
export const holdsCounts = ({ format }: Pick<SessionDescription, 'format'>): boolean => format % 2 === 1;

/** The format of a session once rescans were added to its scan. @param all of them */
export function withRescansFormat(format: SessionFormat, all: readonly CutOff[]): SessionFormat {
  const isCutOff = all.some(({ replaces, omits }) => replaces !== undefined || omits !== undefined);
  if (holdsCounts({ format })) return isCutOff ? 5 : 3;
  return isCutOff ? 6 : 4;
}

const text = v.pipe(v.string(), v.minLength(1));
const whole = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
/** What is relied on; other fields may come with later versions. */
const DESCRIPTION = v.looseObject({
  format: v.picklist(
    SESSION_FORMATS,
    `expected one of ${SESSION_FORMATS.join(', ')}, the versions known here`,
  ),
  program: v.looseObject({ name: v.literal('eelwatch'), version: text }),
  status: v.picklist(SESSION_STATUSES),
  created: v.pipe(v.string(), v.isoTimestamp()),
  ended: v.exactOptional(v.pipe(v.string(), v.isoTimestamp())),
  rewritten: v.exactOptional(v.literal(true)),
  source: v.string(),
  scan: v.looseObject({
    id: text,
    name: text,
    shape: v.strictTuple([whole, whole]),
    channels: whole,
    dtype: v.string(),
  }),
  order: v.picklist(['raster', 'serpentine']),
  started: v.exactOptional(text),
  passes: whole,
  signals: v.array(v.looseObject({ name: text, file: text })),
  boot: v.looseObject({ at: v.number() }),
  files: v.exactOptional(SOURCE_FILES_SCHEMA),
  rescans: v.exactOptional(RESCANS_SCHEMA),
  patches: v.exactOptional(PATCHES_SCHEMA),
  fileRescans: v.exactOptional(FILE_RESCANS_SCHEMA),
  checksum: v.string(),
});
const SCHEMA = v.pipe(
  DESCRIPTION,
  v.forward(
    v.check(
      ({ format, files }) => holdsCounts({ format }) || files !== undefined,
      'expected in a session whose counts lie in files',
    ),
    ['files'],
  ),
  v.forward(
    v.check(
      ({ rescans = [], patches = [] }) =>
        patches.every((patch) => rescans.some(({ file }) => file === patch.rescan)),
      'expected of rescans that are described',
    ),
    ['patches'],
  ),
);

/**
 * Reads the description of the session in a folder.
 * @returns undefined where the folder is no session
 * @throws InputError for a description that cannot be read, or of an unknown version
 */
export async function readDescription(folder: string): Promise<SessionDescription | undefined> {
  const path = sessionFiles(folder).description;
  let content: unknown;
  try {
    content = JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new InputError(path, 'file', 'expected the description of a session', { cause });
  }
  const result = v.safeParse(SCHEMA, content, { abortEarly: true });
  if (!result.success) {
    const [issue] = result.issues;
    throw new InputError(path, v.getDotPath(issue) ?? 'file', issue.message);
  }
  const { checksum, ...description } = content as SessionDescription & { checksum: string };
  if (checksum !== checksumOf(description))
    throw new InputError(path, 'checksum', 'expected that of the content, which is damaged or was edited');
  return description;
}

const checksumOf = (description: SessionDescription): string =>
  crc32(JSON.stringify(description)).toString(16).padStart(8, '0');

/** Replaces the description as a whole, so that a crash leaves the old one or the new one. */
export async function writeDescription(folder: string, description: SessionDescription): Promise<void> {
  const files = sessionFiles(folder);
  const content = { ...description, checksum: checksumOf(description) };
  await writeFile(files.descriptionDraft, `${JSON.stringify(content, undefined, 2)}\n`, { flush: true });
  await rename(files.descriptionDraft, files.description);
}

/** What must not change when a scan goes on. */
const GEOMETRY = ['shape', 'channels', 'energy', 'dtype', 'lowLoss'] as const;

/** Field in which a scan differs from the one that was recorded, with both values; undefined where it can go on. */
export function geometryDifference(
  known: Pick<SessionDescription, 'scan' | 'order'>,
  found: Pick<ScanDescription, 'scan' | 'order'>,
): { field: string; known: unknown; found: unknown } | undefined {
  for (const field of GEOMETRY)
    if (!isDeepStrictEqual(known.scan[field], found.scan[field]))
      return { field, known: known.scan[field], found: found.scan[field] };
  if (known.order !== found.order) return { field: 'order', known: known.order, found: found.order };
  return undefined;
}

/** A scan that has ended goes on with the same id for this long. */
const GOES_ON_MS = 60_000;

/**
 * Whether a scan that is announced goes on with a recorded one: its id and the time at which it began are the same; where no time
 * is given, the recorded one is open or ended a moment ago. Ids are used again: tomorrow's `scan` is not today's.
 * @param now ms since 1970
 */
export function goesOn(
  known: Pick<SessionDescription, 'scan' | 'started' | 'ended'>,
  found: Pick<ScanDescription, 'scan' | 'started'>,
  now: number,
): boolean {
  if (known.scan.id !== found.scan.id || known.started !== found.started) return false;
  if (known.started !== undefined || known.ended === undefined) return true;
  return now - Date.parse(known.ended) <= GOES_ON_MS;
}
