import type { Alert } from '../../../protocol/index.ts';
import { unreadFormat } from '../../formats/unread-formats.ts';
import type { SkipReason } from './folder-entry.ts';

const WORDS: Record<Exclude<SkipReason, `format ${string}`>, string> = {
  'dangling link': 'a link that leads nowhere',
  'link outside': 'a link that leads out of the watched folder (--follow-links follows it)',
  'no permission': 'expected permission to read it',
  'no file': 'expected a file, found a pipe, socket or device',
};

/** What is said of an entry of a watched folder that is passed over. */
export function skipAlert(path: string, reason: SkipReason): Pick<Alert, 'severity' | 'message'> {
  if (reason.startsWith('format ')) {
    const suffix = reason.slice('format '.length);
    const { advice } = unreadFormat(suffix) ?? { advice: 'export it as .rpl, .dm4, .hspy or .msa' };
    return { severity: 'info', message: `${path}: passed over: ${suffix} files are not read; ${advice}` };
  }
  const severity = reason === 'no permission' ? 'warning' : 'info';
  return { severity, message: `${path}: passed over: ${WORDS[reason as keyof typeof WORDS]}` };
}
