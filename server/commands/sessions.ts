import { stat } from 'node:fs/promises';
import { InputError } from '../../protocol/index.ts';
import { type Options, UsageError } from '../config.ts';
import { checkSession, type SessionCheck } from '../sessions/session-check.ts';
import { holdsCounts, type SessionDescription } from '../sessions/session-description.ts';
import { SessionStore, type StoredSession } from '../sessions/session-store.ts';
import { checkFileRescans, checkSources, type SourceCheck } from '../sources/file-sessions/source-check.ts';
import { jsonLine, terminalText } from '../terminal-text.ts';
import { VERSION } from '../version.ts';
import { DEFAULT_RECORD_FOLDER } from './recording.ts';

const ACTIONS = ['list', 'check'] as const;
type Action = (typeof ACTIONS)[number];

/** Exit status of `check`: as that of `mcap recover`. */
const LOSSLESS = 0;
const LOST_ALL = 1;
const LOSSY = 3;

/**
 * `eelwatch sessions [list|check] [folder]`
 * @returns exit status: for `check` 0 where nothing is lost, 3 where something is, 1 where nothing can be read
 */
export async function sessions(operands: readonly string[], { json }: Options): Promise<number> {
  const { action, folder } = parse(operands);
  const store = new SessionStore({ root: folder, version: VERSION });
  const unreadable: string[] = [];
  if (!(await stat(folder).catch(() => undefined))?.isDirectory())
    throw new InputError(folder, 'folder', 'expected one that holds sessions, found none');
  const found = await store.list((fault) => unreadable.push(fault.message));
  const print = (record: Record<string, unknown>, lines: string[]) =>
    process.stdout.write(`${json ? jsonLine(record) : lines.map(terminalText).join('\n')}\n`);
  let lossy = unreadable.length > 0;
  for (const { folder: session, description } of found) {
    const check = action === 'check' ? await checkAll(session, description) : undefined;
    if (check && check.losses.length > 0) lossy = true;
    print({ session, ...description, ...check }, textOf({ folder: session, description }, check));
  }
  for (const message of unreadable) print({ unreadable: message }, [message]);
  if (!json && found.length === 0 && unreadable.length === 0)
    process.stdout.write(`${terminalText(folder)}: no sessions\n`);
  if (action === 'list') return 0;
  if (found.length === 0) return LOST_ALL;
  return lossy ? LOSSY : LOSSLESS;
}

type Check = SessionCheck & Partial<Pick<SourceCheck, 'files' | 'foundAt'>>;

async function checkAll(folder: string, description: SessionDescription): Promise<Check> {
  const own = await checkSession(folder, description);
  const check = { ...own, losses: [...own.losses, ...(await checkFileRescans(folder, description))] };
  if (holdsCounts(description)) return check;
  const sources = await checkSources(folder, description);
  return { ...check, ...sources, losses: [...check.losses, ...sources.losses] };
}

function parse(operands: readonly string[]): { action: Action; folder: string } {
  const [first, second] = operands;
  const isAction = (text: string | undefined): text is Action => ACTIONS.includes(text as Action);
  if (isAction(first)) return { action: first, folder: second ?? DEFAULT_RECORD_FOLDER };
  if (second !== undefined) throw new UsageError(`sessions: expected list or check, found "${first}"`);
  return { action: 'list', folder: first ?? DEFAULT_RECORD_FOLDER };
}

/** A session in one line, and a line for each loss. */
function textOf({ folder, description }: StoredSession, check: Check | undefined): string[] {
  const { scan, status, passes } = description;
  const parts = [folder, `${scan.shape.join(' × ')} × ${scan.channels}`, status];
  if (passes > 1) parts.push(`${passes} passes`);
  if (!holdsCounts(description)) parts.push(`counts in ${check?.foundAt ?? description.files?.list[0].path}`);
  const { fileRescans = [] } = description;
  if (fileRescans.length > 0) parts.push(`with ${fileRescans.map(({ files }) => files[0].path).join(', ')}`);
  if (!check) return [parts.join(' · ')];
  if (check.isRecording) parts.push('being recorded at this moment');
  parts.push(`${check.pixels.map((count) => `${count} of ${check.total}`).join(', ') || 'no'} pixels`);
  for (const { file, pixels, total, status: own, refused } of check.rescans)
    parts.push(`${file} ${own} ${pixels} of ${total}${refused === undefined ? '' : ' not added'}`);
  if (description.ended !== undefined && !check.hasResults) parts.push('no results');
  if (check.losses.length === 0) parts.push('nothing lost');
  return [parts.join(' · '), ...check.losses.map((loss) => `  lost: ${loss}`)];
}
