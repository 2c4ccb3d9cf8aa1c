import { afterEach, expect, it, vi } from 'vitest';
import { dataAgeSeconds } from '../../client/model/live/ages.ts';
import { steadyNow } from '../../client/steady-now.ts';
import type { Progress } from '../../protocol/index.ts';
import { ProgressMeter } from '../../server/pipeline/progress-meter.ts';

const HOUR = 3_600_000;
afterEach(() => {
  vi.restoreAllMocks();
});

it.each([-2, 1, 24])('the age of data is the same when the clocks are set by %s h', (hours) => {
  let monotonic = 0;
  const meter = new ProgressMeter(100, 1, () => monotonic);
  const of = { epoch: 1, status: 'live', analysed: [0] } as const;
  meter.add(0, 10, 0);
  monotonic = 3000;
  // The monitor's clock is set before it tells, the page's clock after that.
  const message: Progress = meter.progress(of, Date.now() + hours * HOUR);
  const received = { message, at: steadyNow() };
  const now = Date.now();
  vi.spyOn(Date, 'now').mockImplementation(() => now + hours * HOUR);
  const age = dataAgeSeconds(received, steadyNow() + 500);
  expect(age).toBeGreaterThanOrEqual(3.5);
  expect(age).toBeLessThan(4);
  const expected = meter.progress(of, Date.now());
  expect(expected.sentAt - expected.newestAt).toBe(3000);
});
