import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expiredSessions, type RetainedSession } from '../../../server/sessions/retention.ts';

const DAY = 86_400_000;
const NOW = 1000 * DAY;
const session = (id: string, about: Partial<RetainedSession> = {}): RetainedSession => ({
  id,
  ended: NOW - Number(id) * DAY,
  bytes: 10,
  pinned: false,
  hasResults: true,
  ...about,
});
/** Named after the days since they ended. */
const FIVE = ['5', '1', '3', '2', '4'].map((id) => session(id));

describe('retention', () => {
  it('deletes nothing without rules', () => {
    expect(expiredSessions(FIVE, {}, NOW)).toEqual([]);
  });

  it('deletes the oldest beyond a number, a size or an age', () => {
    expect(expiredSessions(FIVE, { sessions: 3 }, NOW)).toEqual(['5', '4']);
    expect(expiredSessions(FIVE, { bytes: 29 }, NOW)).toEqual(['5', '4', '3']);
    expect(expiredSessions(FIVE, { days: 2 }, NOW)).toEqual(['5', '4', '3']);
    expect(expiredSessions(FIVE, { bytes: 50, sessions: 5, days: 5 }, NOW)).toEqual([]);
  });

  it('never deletes what is open, pinned or without final maps, though it takes room', () => {
    const kept = [
      session('9', { pinned: true }),
      session('8', { ended: undefined }),
      session('7', { hasResults: false }),
    ];
    expect(expiredSessions([...kept, ...FIVE], { sessions: 4, days: 1 }, NOW)).toEqual(['5', '4', '3', '2']);
    expect(expiredSessions(kept, { sessions: 0, bytes: 0, days: 0 }, NOW)).toEqual([]);
  });

  it('keeps to its limits where it may, and deletes no newer session before an older one', () => {
    const arbitrary = fc.array(
      fc.record({
        ended: fc.option(fc.nat(900), { nil: undefined }),
        bytes: fc.nat(100),
        pinned: fc.boolean(),
      }),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(arbitrary, fc.nat(300), fc.nat(8), (made, bytes, sessions) => {
        const all = made.map((each, id) =>
          session(String(id), { ...each, ended: each.ended === undefined ? undefined : each.ended * DAY }),
        );
        const expired = new Set(expiredSessions(all, { bytes, sessions }, NOW));
        const left = all.filter(({ id }) => !expired.has(id));
        const mayGo = ({ ended, pinned }: RetainedSession) => ended !== undefined && !pinned;
        expect(all.filter((each) => expired.has(each.id)).every(mayGo)).toBe(true);
        const isWithin = left.length <= sessions && left.reduce((sum, each) => sum + each.bytes, 0) <= bytes;
        if (!isWithin) expect(left.filter(mayGo)).toEqual([]);
        const newest = Math.max(...all.filter(({ id }) => expired.has(id)).map(({ ended }) => ended ?? 0));
        for (const each of left.filter(mayGo)) expect(each.ended).toBeGreaterThanOrEqual(newest);
      }),
    );
  });
});
