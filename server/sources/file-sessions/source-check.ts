import { InputError } from '../../../protocol/index.ts';
import { findSourceFile } from '../../sessions/find-source-file.ts';
import type { SessionDescription } from '../../sessions/session-description.ts';
import { differenceOf } from '../../sessions/source-files.ts';
import { sourceCounts } from './source-counts.ts';

/** What has become of the files that a session refers to. */
export interface SourceCheck {
  files: { path: string; state: 'present' | 'missing' | 'changed' }[];
  /** Where the scan was found instead, when not all files are what they were at their places. */
  foundAt?: string;
  /** Pixels of each pass that can be read. */
  pixels: number[];
  /** What is lost, in words. */
  losses: string[];
}

/** Reads the files through that a session refers to, every byte included, and changes nothing. */
export async function checkSources(folder: string, description: SessionDescription): Promise<SourceCheck> {
  const check: SourceCheck = { files: [], pixels: [], losses: [] };
  for (const file of description.files?.list ?? []) {
    const mayGrow = description.status !== 'complete';
    const difference = await differenceOf(file, file.path, { mayGrow, thorough: true });
    const state = difference ? (difference.field === 'file' ? 'missing' : 'changed') : 'present';
    check.files.push({ path: file.path, state });
    if (difference) check.losses.push(`${file.path}: ${difference.field}: ${difference.message}`);
  }
  try {
    const { passes, foundAt } = await sourceCounts(folder, description);
    check.pixels = passes.map(({ count }) => count);
    if (check.losses.length > 0) check.foundAt = foundAt;
    check.losses = [];
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    if (check.losses.length === 0) check.losses.push(error.message);
    check.pixels = description.files?.acquired.map(() => 0) ?? [];
  }
  return check;
}

/** Reads the rescans through that were added to a scan from files of their own. Returns what is lost, in words. */
export async function checkFileRescans(
  folder: string,
  { fileRescans = [] }: SessionDescription,
): Promise<string[]> {
  const losses: string[] = [];
  for (const { files, options } of fileRescans)
    try {
      await findSourceFile(folder, { files: { options, acquired: [], list: files }, status: 'complete' });
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      losses.push(error.message);
    }
  return losses;
}
