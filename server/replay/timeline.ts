import { counted, type Plan, type Timeline, type TimelineMark } from '../../protocol/index.ts';
import type { JournalRecord } from '../sessions/journal/journal-records.ts';
import type { MeasuredTimes } from './measured-times.ts';
import { planNews } from './plan-news.ts';
import type { ShownHistory } from './shown-history.ts';

const MOST_POINTS = 500;

/**
 * What happened in a recorded scan, and when.
 * @param total pixels of all passes
 */
export function timelineOf(
  history: ShownHistory,
  measured: MeasuredTimes,
  total: number,
): Omit<Timeline, 'epoch'> {
  const points = measured.progress;
  const every = Math.max(1, Math.ceil(points.length / MOST_POINTS));
  const progress = points
    .filter((_, index) => index % every === 0 || index === points.length - 1)
    .map(({ moment, pixels }): [number, number] => [history.timeOf(moment), pixels]);
  return {
    type: 'timeline',
    start: history.timeOf(history.first),
    end: history.timeOf(history.last),
    progress,
    total,
    marks: [...marks(history)],
  };
}

function* marks(history: ShownHistory): Generator<TimelineMark> {
  let stalled = false;
  let scans = 0;
  let plan: Plan | undefined;
  for (const [moment, record] of history.records.entries()) {
    const at = history.timeOf(moment);
    if (record.topic === 'scan' && scans++ > 0)
      yield { at, kind: 'resumed', text: 'gone on with by a monitor that was started again' };
    else if (record.topic === 'stalled') {
      stalled = true;
      yield { at, kind: 'stalled', text: 'no spectra for unusually long' };
    } else if (record.topic === 'arrivals' && stalled) {
      stalled = false;
      yield { at, kind: 'resumed', text: 'spectra come again' };
    } else if (record.topic === 'plan') {
      for (const text of planNews(record.content.plan, plan)) yield { at, kind: 'plan', text };
      plan = record.content.plan;
    } else {
      const mark = markOf(record);
      if (mark) yield { at, ...mark };
    }
  }
}

function markOf(record: JournalRecord): Omit<TimelineMark, 'at'> | undefined {
  switch (record.topic) {
    case 'revision': {
      const { edge, revision, final, present, classes } = record.content;
      const name = final ? 'final model' : `model ${revision}`;
      const found = counted(classes, 'class', 'classes');
      return { kind: 'refit', edge, text: `${edge}: ${name} of ${counted(present, 'pixel')}, ${found}` };
    }
    case 'rescan': {
      const { state, id, rows = [], plan, refused } = record.content;
      const name = plan ? `rescan ${plan.region} of plan ${plan.number}` : `rescan "${id}"`;
      if (state === 'refused') return { kind: 'rescan', text: `${name} was not added: ${refused}` };
      const count = rows.reduce((sum, [first, end]) => sum + end - first, 0);
      return state === 'added' && count > 0
        ? { kind: 'rescan', text: `${name} was added, ${counted(count, 'row')}` }
        : undefined;
    }
    case 'alert': {
      const { state, message, severity } = record.content;
      if (state !== 'raised' || message === undefined) return undefined;
      return { kind: 'alert', text: message, ...(severity && { severity }) };
    }
    case 'end': {
      const { status, spectra, missing, rewritten } = record.content;
      const left = missing > 0 ? `, ${counted(missing, 'pixel')} missing` : '';
      return {
        kind: 'end',
        text: `${status} after ${counted(spectra, 'spectrum', 'spectra')}${left}${rewritten ? ': its file was rewritten' : ''}`,
      };
    }
    default:
      return undefined;
  }
}
