import { describe, expect, it } from 'vitest';
import { ProgressMeter } from '../../../server/pipeline/progress-meter.ts';

const [ROWS, COLUMNS] = [40, 12];

/** A meter under a clock that is set by hand. */
function meterAt() {
  const clock = { ms: 0 };
  const meter = new ProgressMeter(ROWS * COLUMNS, 1, () => clock.ms);
  const eta = () => meter.progress({ epoch: 1, status: 'live', analysed: [] }, 0).etaSeconds;
  return { clock, meter, eta };
}

describe('the remaining time', () => {
  it.each([
    ['rows of one pace', 0, 0],
    ['rows that are seen up to 20 ms late', 20, 0],
    ['a scan of which some rows were there when it was opened', 0, 6],
  ])('of %s is right at any moment', (_, lateMs, before) => {
    const { clock, meter, eta } = meterAt();
    const rowMs = 150;
    const whole = (ROWS - before) * rowMs;
    let row = 0;
    for (; row < before; row++) meter.add(row * COLUMNS, COLUMNS, 0);
    let off = 0;
    for (clock.ms = 10; clock.ms < whole; clock.ms += 10) {
      const shown = before + Math.floor((clock.ms - ((row * 7) % 3) * (lateMs / 2)) / rowMs);
      for (; row < shown; row++) {
        // In two pieces.
        meter.add(row * COLUMNS, COLUMNS - 3, 0);
        meter.add(row * COLUMNS + COLUMNS - 3, 3, 0);
      }
      const left = eta();
      if (clock.ms < whole / 4 || left === undefined) continue;
      off = Math.max(off, Math.abs(1000 * left + clock.ms - whole) / whole);
    }
    expect(off).toBeGreaterThanOrEqual(0);
    expect(off).toBeLessThan(0.03);
  });

  it('gets longer while nothing comes', () => {
    const { clock, meter, eta } = meterAt();
    for (let row = 0; row < 10; row++) {
      clock.ms = 100 * (row + 1);
      meter.add(row * COLUMNS, COLUMNS, 0);
    }
    const rate = meter.rate ?? 0;
    expect(rate).toBeCloseTo(120, 6);
    clock.ms += 5000;
    expect(meter.rate).toBeLessThan(rate / 5);
    expect(eta()).toBeGreaterThan(10);
  });

  it('is known of rows that take longer than the recent past', () => {
    const { clock, meter, eta } = meterAt();
    for (let row = 0; row < 3; row++) {
      clock.ms = 15_000 * (row + 1);
      meter.add(row * COLUMNS, COLUMNS, 0);
    }
    expect(eta()).toBeCloseTo(37 * 15, 6);
  });

  it('is not known before a second batch has come', () => {
    const { clock, meter, eta } = meterAt();
    clock.ms = 500;
    meter.add(0, 7 * COLUMNS, 0);
    clock.ms = 900;
    expect(eta()).toBeUndefined();
  });
});
