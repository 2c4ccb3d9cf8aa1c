import fc from 'fast-check';
import { expect, it } from 'vitest';
import { EventQueue } from '../../../server/sources/event-queue.ts';
import type { SourceEvent } from '../../../server/sources/source.ts';

/** Takes what waits, up to the first alert that says it is the last. */
async function drain(queue: EventQueue): Promise<SourceEvent[]> {
  queue.push({ type: 'alert-cleared', id: 'last' });
  const events: SourceEvent[] = [];
  for await (const event of queue.take(new AbortController().signal)) {
    if (event.type === 'alert-cleared') break;
    events.push(event);
  }
  return events;
}

const measured = (first: number, count: number, pass = 0): SourceEvent => ({
  type: 'measured',
  first,
  count,
  pass,
});
const channel = (name: string, first: number, ...values: number[]): SourceEvent => ({
  type: 'channel',
  name,
  first,
  values: Float32Array.from(values),
});
const end: SourceEvent = { type: 'end', status: 'complete' };

it('joins neighbouring pixels that wait, in both directions', async () => {
  const queue = new EventQueue();
  const events = [
    measured(4, 2),
    channel('a', 4, 1, 2),
    measured(6, 1),
    channel('a', 6, 3),
    measured(2, 2),
    channel('a', 3, 0),
    measured(9, 1),
  ];
  for (const event of events) queue.push(event);
  expect(await drain(queue)).toEqual([measured(2, 5), channel('a', 3, 0, 1, 2, 3), measured(9, 1)]);
  expect(events[0]).toEqual(measured(4, 2));
});

it('tells newer values of the same pixels after the older ones', async () => {
  const queue = new EventQueue();
  const events = [channel('a', 0, 1, 1), channel('a', 3, 1, 1), channel('a', 2, 2, 2)];
  for (const event of events) queue.push(event);
  expect(await drain(queue)).toEqual(events);
});

it('joins nothing across scans, passes, ends and names', async () => {
  const queue = new EventQueue();
  const events = [
    measured(0, 2),
    end,
    measured(2, 2),
    measured(4, 1, 1),
    channel('a', 0, 1),
    channel('b', 1, 2),
  ];
  for (const event of events) queue.push(event);
  expect(await drain(queue)).toEqual(events);
});

it('tells every pixel once and in its scan, whenever it is asked', async () => {
  const step = fc.oneof(
    fc.record({ first: fc.nat(20), count: fc.integer({ min: 1, max: 3 }), pass: fc.nat(1) }),
    fc.constant('end' as const),
    fc.constant('take' as const),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const queue = new EventQueue();
      const taken: SourceEvent[] = [];
      const pushed: string[] = [];
      let scan = 0;
      for (const each of steps) {
        if (each === 'take') taken.push(...(await drain(queue)));
        else if (each === 'end') {
          queue.push(end);
          scan++;
        } else {
          queue.push({ type: 'measured', ...each });
          for (let at = 0; at < each.count; at++) pushed.push(`${scan}/${each.pass}/${each.first + at}`);
        }
      }
      taken.push(...(await drain(queue)));
      const told: string[] = [];
      scan = 0;
      for (const event of taken) {
        if (event.type === 'end') scan++;
        if (event.type === 'measured')
          for (let at = 0; at < event.count; at++) told.push(`${scan}/${event.pass}/${event.first + at}`);
      }
      expect(told.sort()).toEqual(pushed.sort());
    }),
  );
});

it('wakes who waits, also by giving up', async () => {
  const queue = new EventQueue();
  const abort = new AbortController();
  const taken: SourceEvent[] = [];
  const done = (async () => {
    for await (const event of queue.take(abort.signal)) {
      taken.push(event);
      abort.abort();
    }
  })();
  await Promise.resolve();
  queue.push(end);
  await done;
  expect(taken).toEqual([end]);
});
