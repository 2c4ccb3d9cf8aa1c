import { expect, test } from 'vitest';
import { alertCount, alertGroups } from '../../client/model/live/alert-groups.ts';
import type { Alert } from '../../protocol/index.ts';

const alert = (id: string, at: number, severity: Alert['severity'] = 'warning'): Alert => ({
  id,
  at,
  severity,
  message: id,
});

test('alerts stand the worst first, and many of one cause as one', () => {
  const files = Array.from({ length: 25 }, (_, i) => alert(`open/${i}`, i));
  const all = [
    alert('background/Si-L', 3),
    ...files,
    alert('fit/C-K', 1, 'error'),
    alert('background/C-K', 4),
  ];
  const groups = alertGroups(all);
  expect(groups.map(({ alert: { id }, more }) => [id, more.length])).toEqual([
    ['fit/C-K', 0],
    ['open/24', 24],
    ['background/C-K', 0],
    ['background/Si-L', 0],
  ]);
  expect(alertCount(all)).toBe('1 error, 27 warnings');
  expect([alertCount([]), alertCount([alert('a', 1, 'info')])]).toEqual(['', '1 note']);
});
