import type { Alert } from '../../../protocol/index.ts';
import { plural } from '../words/format.ts';

/** Alerts of one cause: the newest, and the others where there are too many to list. */
export interface AlertGroup {
  alert: Alert;
  more: readonly Alert[];
}

/** Fewer alerts of one cause than this are listed one by one. */
const MANY = 4;
const RANK: Record<Alert['severity'], number> = { error: 0, warning: 1, info: 2 };

/** What the alerts of one cause have in common: the first part of their ids. */
const causeOf = ({ id, severity }: Alert): string => `${severity} ${id.split('/')[0]}`;

/** Alerts by severity, then by age; many of one cause are grouped. */
export function alertGroups(alerts: readonly Alert[]): AlertGroup[] {
  const sorted = [...alerts].sort((a, b) => RANK[a.severity] - RANK[b.severity] || b.at - a.at);
  const causes = new Map<string, Alert[]>();
  for (const alert of sorted) {
    const found = causes.get(causeOf(alert));
    if (found) found.push(alert);
    else causes.set(causeOf(alert), [alert]);
  }
  return [...causes.values()].flatMap((found): AlertGroup[] =>
    found.length < MANY
      ? found.map((alert) => ({ alert, more: [] }))
      : [{ alert: found[0], more: found.slice(1) }],
  );
}

/** `2 errors, 1 warning`. */
export function alertCount(alerts: readonly Alert[]): string {
  const words = { error: 'error', warning: 'warning', info: 'note' };
  return (Object.keys(RANK) as Alert['severity'][])
    .flatMap((severity) => {
      const count = alerts.filter((alert) => alert.severity === severity).length;
      return count > 0 ? [plural(count, words[severity])] : [];
    })
    .join(', ');
}
