import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../server/analysis/math/random.ts';
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

  /**
   * The most by which the remaining time is off from a quarter of the scan on, as a share of all of it.
   * @param rowMs of each row, pauses included
   * @param lateMs by which it is seen later than it was written
   */
  function mostOff(rowMs: readonly number[], lateMs: (row: number) => number, setsClock = () => 0): number {
    const clock = { ms: 0 };
    const meter = new ProgressMeter(rowMs.length * COLUMNS, 1, () => clock.ms);
    let written = 0;
    let seenAt = 0;
    const arrivals = rowMs.map((ms, row) => {
      written += ms;
      seenAt = Math.max(seenAt, written + lateMs(row));
      return seenAt;
    });
    const whole = written;
    let off = -1;
    for (let row = 0; clock.ms < whole; clock.ms += Math.max(20, rowMs[0] / 2)) {
      for (; row < arrivals.length && arrivals[row] <= clock.ms; row++) meter.add(row * COLUMNS, COLUMNS, 0);
      const { etaSeconds, elapsedSeconds } = meter.progress(
        { epoch: 1, status: 'live', analysed: [] },
        clock.ms + setsClock(),
      );
      // While nothing comes nobody knows when it goes on.
      const isQuiet = clock.ms - (arrivals[row - 1] ?? 0) > 500 + 2 * rowMs[0];
      if (etaSeconds === undefined || clock.ms < whole / 4 || isQuiet) continue;
      off = Math.max(off, Math.abs(1000 * (etaSeconds + elapsedSeconds) - whole) / whole);
    }
    return off;
  }
  const rows = (count: number, ms: number) => Array.from({ length: count }, () => ms);
  const at = (list: number[], every: number, ms: number) =>
    list.map((each, row) => (row > 0 && row % every === 0 ? each + ms : each));
  const LATE: [string, (seed: number) => (row: number) => number][] = [
    ['at once', () => () => 0],
    [
      'up to 100 ms late',
      (seed) => {
        const random = createRandom(seed);
        return () => 100 * random();
      },
    ],
    [
      'now and then 200 ms late, the first one too',
      (seed) => {
        const random = createRandom(seed);
        return (row) => (row === 0 || random() < 0.1 ? 200 : 60) * random();
      },
    ],
  ];

  it.each([
    ['a short scan', rows(40, 150), 0.05],
    ['a long scan', rows(200, 500), 0.02],
    ['slow rows', rows(24, 4000), 0.03],
    // Half of the pause is known of only once it is over.
    ['a scan with a pause', at(rows(120, 150), 60, 3000), 0.19],
    ['a scan that pauses every ten rows', at(rows(120, 150), 10, 1500), 0.12],
  ])('of %s is right, however late rows are seen', (_, list, most) => {
    for (const [name, late] of LATE)
      for (let seed = 1; seed <= 2; seed++) {
        const off = mostOff(list, late(seed));
        expect([name, seed, off >= 0 && off < most ? 'right' : off]).toEqual([name, seed, 'right']);
      }
  });

  it('does not depend on the clock of the wall', () => {
    let asked = 0;
    const hour = 3_600_000;
    const steps = [0, -hour, hour, 24 * hour, -24 * hour];
    const stepped = mostOff(
      rows(40, 150),
      () => 0,
      () => steps[asked++ % steps.length],
    );
    expect(stepped).toBe(mostOff(rows(40, 150), () => 0));
    expect(stepped).toBeLessThan(0.03);
  });

  it('is that without the pause once a single pause is over', () => {
    const { clock, meter, eta } = meterAt();
    for (let row = 0; row < 20; row++) {
      clock.ms += row === 10 ? 5000 : 100;
      meter.add(row * COLUMNS, COLUMNS, 0);
    }
    expect(meter.rate).toBeCloseTo(120, 6);
    expect(eta()).toBeCloseTo(2, 6);
  });

  it.each([
    [100, 1000],
    [1000, 100],
  ])('follows a change from %i to %i ms a row within seconds', (before, after) => {
    const { clock, meter } = meterAt();
    for (let row = 0; row < 20; row++) {
      clock.ms += before;
      meter.add(row * COLUMNS, COLUMNS, 0);
    }
    const changed = clock.ms;
    for (let row = 20; row < 40 && clock.ms - changed < 3000; row++) {
      clock.ms += after;
      meter.add(row * COLUMNS, COLUMNS, 0);
    }
    expect(meter.rate).toBeCloseTo((1000 * COLUMNS) / after, 6);
  });
});
