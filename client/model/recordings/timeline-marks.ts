import type { Timeline, TimelineMark } from '../../../protocol/index.ts';
import type { NumberedNote } from './notes.ts';

/** Something that happened at a moment of a recording, as a mark on its timeline. */
export interface ShownMark {
  /** ms since 1970. */
  at: number;
  kind: TimelineMark['kind'] | 'note';
  text: string;
  severity?: TimelineMark['severity'];
}

/** Which of several marks in one place is drawn: the most important first. */
const RANK: readonly ShownMark['kind'][] = [
  'stalled',
  'alert',
  'note',
  'rescan',
  'plan',
  'end',
  'resumed',
  'refit',
];

/** Most marks that a tooltip names. */
const MOST_NAMED = 5;

/** The marks of a recording and the notes about it. */
export const shownMarks = (marks: Timeline['marks'], notes: readonly NumberedNote[]): ShownMark[] => [
  ...marks,
  ...notes.map(({ at, number, text }): ShownMark => ({ at, kind: 'note', text: `note ${number}: ${text}` })),
];

/** The mark that is drawn for all in one place. */
export const foremost = (marks: readonly ShownMark[]): ShownMark =>
  [...marks].sort((a, b) => weight(a) - weight(b))[0];

const weight = ({ kind, severity }: ShownMark): number =>
  RANK.indexOf(kind) - (kind === 'alert' && severity === 'error' ? 2 : 0);

/** Tooltip of marks in one place, a line each. */
export function markLines(marks: readonly ShownMark[]): string[] {
  const lines = marks.slice(0, MOST_NAMED).map(({ text }) => text);
  return marks.length > MOST_NAMED ? [...lines, `and ${marks.length - MOST_NAMED} more`] : lines;
}

/** Times in which no spectra came: from each stall to where the scan goes on, or to the end. */
export function stalls({ marks, end }: Pick<Timeline, 'marks' | 'end'>): { from: number; to: number }[] {
  const found: { from: number; to: number }[] = [];
  let from: number | undefined;
  for (const { at, kind } of marks) {
    if (kind === 'stalled') from ??= at;
    if (kind !== 'resumed' || from === undefined) continue;
    found.push({ from, to: at });
    from = undefined;
  }
  return from === undefined ? found : [...found, { from, to: end }];
}
