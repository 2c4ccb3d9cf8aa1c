import { expect, it } from 'vitest';
import { GroupedAlerts } from '../../../../server/sources/folders/grouped-alerts.ts';
import { ShownAlerts } from '../../../../server/sources/folders/shown-alerts.ts';

/** What a page that takes all events shows, by id, and how many bytes it was sent. */
function page(shown: ShownAlerts) {
  const grouped = new GroupedAlerts(shown);
  const alerts = new Map<string, string>();
  let bytes = 0;
  const flush = (now: number) => {
    for (const event of grouped.flush(now)) {
      bytes += JSON.stringify(event).length;
      if (event.type === 'alert') alerts.set(event.alert.id, event.alert.message);
      if (event.type === 'alert-cleared') alerts.delete(event.id);
    }
  };
  return { grouped, alerts, flush, bytes: () => bytes };
}

it('ten thousand files of one cause are one alert that counts them, sent once a second', () => {
  const { grouped, alerts, flush, bytes } = page(new ShownAlerts());
  for (let index = 0; index < 10_000; index++) {
    grouped.note('open', 'size', `/d/${index}.dm4`, 'error', `/d/${index}.dm4: cut short`);
    flush(index);
  }
  flush(20_000);
  expect([...alerts]).toEqual([
    ['open:/d/0.dm4', '/d/0.dm4: cut short (and 9999 more: 1.dm4, 2.dm4, 3.dm4, …)'],
  ]);
  expect(bytes()).toBeLessThan(3000);
  grouped.drop('open', '/d/0.dm4');
  flush(21_000);
  expect([...alerts.keys()]).toEqual(['open:/d/1.dm4']);
  for (let index = 1; index < 10_000; index++) grouped.drop('open', `/d/${index}.dm4`);
  flush(21_001);
  expect(alerts.size).toBe(0);
});

it('causes beyond a dozen share an alert, and a file has one of a kind', () => {
  const { grouped, alerts, flush } = page(new ShownAlerts());
  for (let index = 0; index < 500; index++)
    grouped.note('open', `cause ${index}`, `/d/${index}`, 'error', `message ${index}`);
  flush(0);
  expect(alerts.size).toBe(13);
  expect(alerts.get('open:/d/12')).toContain('and 487 more');
  grouped.note('open', 'cause 1', '/d/0', 'error', 'message 1');
  grouped.note('waiting', '', '/d/0', 'info', 'waits');
  flush(2000);
  expect(alerts.has('open:/d/0')).toBe(false);
  expect(alerts.get('open:/d/1')).toBe('message 1 (and 1 more: 0)');
  expect(alerts.get('waiting:/d/0')).toBe('waits');
});
