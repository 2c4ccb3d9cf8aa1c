import { describe, expect, it } from 'vitest';
import { DrawnInParts } from '../../client/render/drawn-in-parts.ts';

const [ROWS, COLUMNS] = [512, 256];

/** Draws until nothing is left, each part in `partMs`; the parts' rows. */
function drawAll(parts: DrawnInParts, partMs: number, start = 0): { rows: [number, number][]; end: number } {
  const rows: [number, number][] = [];
  let now = start;
  while (parts.isDue(now)) {
    const part = parts.next(now);
    rows.push([part.from, part.to]);
    expect(part.anew).toBe(rows.length === 1 && part.from === 0);
    now += partMs;
    expect(parts.done(now)).toBe(part.to === ROWS);
  }
  return { rows, end: now };
}

const started = () => {
  const parts = new DrawnInParts(ROWS, COLUMNS);
  parts.restart();
  return parts;
};

describe('a picture drawn in parts', () => {
  it('takes larger ones of a quick device and smaller ones of a slow one', () => {
    const quick = drawAll(started(), 10).rows;
    expect(quick).toEqual([
      [0, 128],
      [128, 384],
      [384, 512],
    ]);
    expect(drawAll(started(), 80).rows.map(([from, to]) => to - from)).toEqual([128, 64, 64, 64, 64, 64, 64]);
  });

  it('adds rows that came to what is there', () => {
    const parts = started();
    const { end } = drawAll(parts, 30);
    expect(parts.isDue(end)).toBe(false);
    parts.add(300, 302);
    parts.add(302, 303);
    expect(parts.next(end)).toEqual({ from: 300, to: 303, anew: false });
    // Rows that come again while they are being drawn are not forgotten.
    parts.add(301, 303);
    expect(parts.done(end + 5)).toBe(false);
    expect(parts.next(end + 5)).toEqual({ from: 301, to: 303, anew: false });
    expect(parts.done(end + 9)).toBe(true);
  });

  it('draws anew what gave way, not before it has rested as long as that took', () => {
    const parts = started();
    const { end } = drawAll(parts, 30);
    parts.replace();
    parts.add(10, 11);
    expect(parts.remainingPause(end)).toBe(end);
    expect(parts.isDue(2 * end - 1)).toBe(false);
    expect(parts.next(2 * end)).toMatchObject({ from: 0, anew: true });
    expect(parts.remainingPause(2 * end)).toBeUndefined();
    expect(parts.isUrgent).toBe(false);
  });

  it('is finished before it is drawn anew for what gave way, and begun again at once for another view', () => {
    const parts = started();
    expect(parts.next(0)).toMatchObject({ from: 0, anew: true });
    parts.done(30);
    parts.replace();
    expect(parts.next(30)).toMatchObject({ from: 128, anew: false });
    parts.done(60);
    expect(parts.isUrgent).toBe(true);
    parts.restart();
    expect(parts.next(60)).toMatchObject({ from: 0, anew: true });
  });

  it('is drawn in one part where one pass has to lie over the other', () => {
    expect(started().next(0, true)).toEqual({ from: 0, to: ROWS, anew: true });
  });
});
