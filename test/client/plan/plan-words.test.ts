import { describe, expect, test } from 'vitest';
import { settledFigure } from '../../../client/geometry/settled-figure.ts';
import type { ShownRegion } from '../../../client/model/plan/plan-edits.ts';
import {
  costWords,
  doseWords,
  driftWords,
  gainWords,
  headlineWords,
  pastWords,
  reasonWords,
  regionCost,
  regionPlace,
  regionStateMark,
  regionStateWords,
  sendingWords,
  settledSentence,
  sharePercent,
  statusWords,
  stopWords,
} from '../../../client/model/plan/plan-words.ts';
import type { PlanRegion } from '../../../protocol/index.ts';
import { fakePlan } from '../../support/fake-plan.ts';

const plain = (text: string): string => text.replaceAll('\u2009', ' ');
const region: ShownRegion = { number: 7, y: 3, x: 5, height: 10, width: 20, dwells: 2, proposed: undefined };
const plan = fakePlan();

test('a region costs seconds, or pixel-dwells where the dwell time is not known', () => {
  expect(plain(regionCost(region, 4.12))).toBe('4.1 s');
  expect(plain(regionCost(region, 75))).toBe('1 min 15 s');
  expect(plain(regionCost(region, 9.97))).toBe('10 s');
  expect(plain(regionCost(region, 0.0361))).toBe('0.036 s');
  expect(plain(regionCost(region, 0.998))).toBe('1.0 s');
  expect(plain(regionCost(region, undefined))).toBe('400');
});

test('a region lies in rows and columns, or in one of them', () => {
  expect(regionPlace(region)).toBe('rows 3–12, columns 5–24');
  expect(regionPlace({ ...region, height: 1, width: 1 })).toBe('row 3, column 5');
});

test('gains are pixels; a rough one says so, and one that is not known is a dash', () => {
  expect(plain(gainWords(42.4))).toBe('+42 px');
  expect(plain(gainWords(0.3))).toBe('< 1 px');
  expect(plain(gainWords(42, true))).toBe('≈ +42 px');
  expect(gainWords(undefined)).toBe('–');
});

test('a region that the operator drew or changed has that for its reason', () => {
  expect(reasonWords({ ...region, proposed: plan.regions[0] }, plan)).toBe(plan.regions[0].reason);
  expect(reasonWords(region, plan)).toBe('added by hand');
  expect(reasonWords({ ...region, number: 2 }, plan)).toBe('changed by hand');
});

describe('the headline', () => {
  const cost = { pixelDwells: 240, percent: 23.4, seconds: 60 };
  test('is cost and gain, in seconds where they are known', () => {
    expect(plain(headlineWords(plan, cost, 42, 1024))).toBe('1 min 00 s · +4.1 % put right');
    expect(plain(headlineWords(plan, { pixelDwells: 1240, percent: 9 }, 42, 1024))).toBe(
      '1 240 pixel-dwells · +4.1 % put right',
    );
    expect(plain(headlineWords(plan, cost, undefined, 1024))).toBe('1 min 00 s');
  });

  test('says no, and that it is too early', () => {
    const nothing = { pixelDwells: 0, percent: 0 };
    expect(headlineWords({ ...plan, verdict: 'no-rescan' }, nothing, 0, 1024)).toBe(
      'nothing is worth its dose',
    );
    expect(headlineWords({ ...plan, verdict: 'too-early' }, nothing, 0, 1024)).toBe('too early to tell');
    expect(headlineWords(plan, nothing, 0, 1024)).toBe('no region');
  });
});

test('shares keep a decimal while they are small', () => {
  expect([0, 0.0002, 0.003, 0.041, 0.2].map((share) => plain(sharePercent(share)))).toEqual([
    '0 %',
    '< 0.1 %',
    '0.3 %',
    '4.1 %',
    '20 %',
  ]);
});

test('before sending it says how many regions, how long, which dose, and that no beam is moved', () => {
  const cost = { pixelDwells: 1240, percent: 9.9, seconds: 32, dose: 12, mostDose: 480 };
  const lines = sendingWords([region, { ...region, dwells: 4 }], cost, true).map(plain);
  expect(lines[0]).toContain(
    '2 regions of 2 to 4 dwells each pixel: 1 240 pixel-dwells, 9.9 % of the first pass, 32 s',
  );
  expect(lines[1]).toContain('up to 480 e/Å² more');
  expect(lines[2]).toContain('moves no beam');
  expect(lines[3]).toContain('still running');
  expect(sendingWords([region], cost, false)).toHaveLength(3);
  expect(doseWords({ pixelDwells: 1, percent: 1 })).toContain('not known');
  expect(costWords(cost).map(plain)).toEqual([
    '1 240 pixel-dwells',
    '9.9 % of the first pass',
    '32 s',
    '12 e/Å² on average',
  ]);
});

test('"you may stop now" is said of a further pass that hardly changes a label, and of nothing else', () => {
  const { settled } = plan;
  expect(stopWords(plan)).toBeUndefined();
  expect(plain(stopWords({ settled: { ...settled, mayStop: true, remaining: 0.003 } }) ?? '')).toBe(
    'You may stop now: 0.3 % of the labels are expected to change in the rest of the pass.',
  );
  expect(stopWords({ settled: { ...settled, mayStop: true } })).toContain('You may stop now');
});

test('a plan of before says what it promised and what came of it', () => {
  const past = { number: 3, at: Date.UTC(2026, 1, 3, 4, 5, 6), regions: plan.regions, predictedGain: 120 };
  expect(plain(pastWords({ ...past, achievedGain: 97 }))).toContain(
    '3 regions · predicted +120 px, achieved +97 px',
  );
  expect(plain(pastWords({ ...past, achievedGain: -4 }))).toContain('achieved −4 px');
  expect(pastWords(past)).toContain('not scanned yet');
});

test('a region says how far it is, in words and beside its number', () => {
  const of = (state: PlanRegion['state'], more: Partial<PlanRegion> = {}) => [
    plain(regionStateWords({ state, ...more }) ?? ''),
    plain(regionStateMark({ state, ...more }) ?? ''),
  ];
  expect(of('proposed')).toEqual(['', '']);
  expect(of('accepted')).toEqual(['waits for its scan', '']);
  expect(of('scanning', { share: 0.45 })).toEqual(['being scanned, 45 %', '45 %']);
  expect(of('scanning', { share: 1 })[0]).toBe('scanned, being added');
  expect(of('partly', { share: 0.25 })).toEqual(['25 % of it scanned', '25 %']);
  expect(of('scanned', { share: 1 })).toEqual(['scanned', '✓']);
  expect(of('scanned', { achievedGain: -2.2 })).toEqual(['scanned, achieved −2 px', '✓']);
});

test('a plan says how many of its regions were scanned, or why it has expired', () => {
  expect(statusWords(plan)).toBe('proposed');
  const [first, ...others] = plan.regions;
  const regions = [{ ...first, state: 'scanned' as const }, ...others];
  expect(statusWords({ ...plan, status: 'accepted' })).toContain('sent to producers');
  expect(statusWords({ ...plan, status: 'accepted', regions })).toBe('accepted · 1 of 3 regions scanned');
  expect(statusWords({ ...plan, status: 'expired', expiredFor: 'the scan goes on' })).toBe(
    'expired: the scan goes on',
  );
  expect(statusWords({ ...plan, status: 'expired' })).toContain('has changed');
});

test('where the specimen has moved it is said by how much, and where regions are sent', () => {
  expect(driftWords({}, 1)).toBeUndefined();
  const drift = { y: 2, x: -1.1, applied: { y: 2, x: -1 } };
  expect(plain(driftWords({ drift }, 0.5) ?? '')).toBe(
    'The specimen has moved by 2.3 px (1.1 nm) since the survey; regions are sent moved with it: −2 rows, +1 column.',
  );
  expect(driftWords({ drift: { ...drift, applied: { y: 0, x: -1 } } }, undefined)).toMatch(
    /^The specimen has moved by 2.3 px since .*: \+1 column\.$/,
  );
});

describe('the settled curve', () => {
  const frame = { width: 300, height: 92, left: 40, right: 8, top: 6, bottom: 30 };
  const figure = settledFigure(plan.settled.curve, frame);

  test('begins at nothing, and keeps within its frame', () => {
    expect(figure?.points[0]).toEqual({ x: 40, y: 62, dwells: 0, changes: 0 });
    expect(figure?.points.at(-1)).toMatchObject({ x: 292, dwells: 4 });
    for (const { y } of figure?.points ?? []) expect(y).toBeGreaterThanOrEqual(6);
  });

  test('has round ticks up to a whole step above the most', () => {
    expect(figure?.ticksY.map(({ value }) => Number(value.toPrecision(6)))).toEqual([0, 0.05, 0.1]);
    expect(figure?.ticksX.at(-1)?.value).toBe(4);
  });

  test('labels that leave no room are left out', () => {
    const xs = figure?.ticksX.map(({ x }) => x) ?? [];
    for (let i = 1; i < xs.length; i++) expect(xs[i] - xs[i - 1]).toBeGreaterThanOrEqual(28);
  });

  test('is not drawn where nothing is known, and is told in words', () => {
    expect(settledFigure([], frame)).toBeUndefined();
    expect(plain(settledSentence(plan))).toContain('1: 3.4 %');
    expect(settledSentence({ settled: { curve: [], mayStop: false } })).toContain('not known');
  });

  test('of labels that will not change at all is a line on the floor', () => {
    const flat = settledFigure([{ dwells: 1, changes: 0 }], frame);
    expect(flat?.points.map(({ y }) => y)).toEqual([62, 62]);
  });
});
