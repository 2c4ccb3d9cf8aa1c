import type { SessionEntry } from '../../../protocol/index.ts';
import { compact, plural } from './format.ts';

/** `812 MB`, `1.20 GB`: decimal units, as disks are sold and file managers count. */
export function fileSize(bytes: number): string {
  if (bytes >= 1e9) return `${(bytes / 1e9).toPrecision(3)}\u2009GB`;
  if (bytes >= 1e6) return `${compact(Number((bytes / 1e6).toPrecision(3)))}\u2009MB`;
  return `${compact(Math.max(bytes > 0 ? 1 : 0, Math.round(bytes / 1e3)))}\u2009kB`;
}

/** `27 Nov 2026, 14:03` on this machine's clock. */
export const dateAndTime = (at: number): string =>
  new Date(at).toLocaleString('en-GB', {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
  });

/** `112 × 112`, and of several passes how many. */
export const shapeWords = ({ scan, passes }: Pick<SessionEntry, 'scan' | 'passes'>): string =>
  `${scan.shape[0]} × ${scan.shape[1]}${passes > 1 ? ` · ${plural(passes, 'pass', 'passes')}` : ''}`;

/** How a recorded scan ended. */
export function statusWords({
  status,
  recording,
  finalising,
  hasResults,
}: Pick<SessionEntry, 'status' | 'recording' | 'finalising' | 'hasResults'>): string {
  if (recording) return 'recording now';
  if (finalising) return 'finalising';
  if (status === 'complete' && !hasResults) return 'complete · no final maps';
  return { open: 'not ended', complete: 'complete', aborted: 'ended early', recovered: 'recovered' }[status];
}

/** Why a session cannot be opened; undefined where it can. */
export const notReplayable = ({ canReplay }: Pick<SessionEntry, 'canReplay'>): string | undefined =>
  canReplay
    ? undefined
    : 'Only the spectra were recorded, not what was shown: it can be exported, not replayed';
