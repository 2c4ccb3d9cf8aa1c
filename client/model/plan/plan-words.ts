import type { PastPlan, Plan, PlanRectangle, PlanRegion, PlanTerm } from '../../../protocol/index.ts';
import { compact, duration, grouped, percent, plural } from '../words/format.ts';
import { clockText } from '../words/time-words.ts';
import type { BudgetUnit } from './plan-budget.ts';
import type { PlanCost } from './plan-costs.ts';
import { pixelDwells } from './plan-costs.ts';
import type { ShownRegion } from './plan-edits.ts';

export const TERM_WORDS: Record<PlanTerm, { name: string; what: string }> = {
  classes: { name: 'Class', what: 'In doubt which class of an edge the pixel belongs to' },
  presence: { name: 'Presence', what: 'In doubt whether an edge is there at all' },
  novelty: { name: 'Novelty', what: 'Unlike every spectrum the model was learnt from' },
  missing: { name: 'Missing', what: 'Lost, aborted, masked or saturated pixels' },
};

export const UNIT_WORDS: Record<BudgetUnit, string> = {
  percent: '% of first pass',
  seconds: 's of beam time',
  pixels: 'pixel-dwells',
  dose: 'e/Å² on average',
};

/** `32 s`; below ten seconds with a decimal, below one with two figures. */
export function secondsWords(seconds: number): string {
  if (seconds >= 9.95) return duration(seconds);
  return `${seconds >= 0.995 || seconds === 0 ? seconds.toFixed(1) : compact(Number(seconds.toPrecision(2)))}\u2009s`;
}

/** `12 s`, or without a known dwell time how many pixel-dwells, `340`. */
export const regionCost = (region: ShownRegion, seconds: number | undefined): string =>
  seconds === undefined ? grouped(Math.max(pixelDwells(region), 1)) : secondsWords(seconds);

/** `+42 px`; what was drawn by hand is judged roughly, `≈ +42 px`. */
export function gainWords(gain: number | undefined, isRough = false): string {
  if (gain === undefined) return '–';
  const text = gain > 0 && gain < 1 ? '< 1' : `+${grouped(gain)}`;
  return `${isRough ? '≈\u2009' : ''}${text}\u2009px`;
}

/** `4 dwells`, `1 dwell`, `0.5 dwell`. */
export const dwellWords = (dwells: number): string =>
  `${compact(dwells)} ${dwells <= 1 ? 'dwell' : 'dwells'}`;

/** Where a region lies: `rows 3–10, columns 5–20`, `row 0, column 7`. */
export const regionPlace = ({ y, x, height, width }: PlanRectangle): string =>
  `${spanWords('row', y, height)}, ${spanWords('column', x, width)}`;

const spanWords = (name: string, first: number, count: number): string =>
  count === 1 ? `${name} ${first}` : `${name}s ${first}–${first + count - 1}`;

/** Why a region is there; one drawn by the operator says so. */
export const reasonWords = (region: ShownRegion, plan: Plan): string =>
  region.proposed?.reason ??
  (plan.regions.some(({ number }) => number === region.number) ? 'changed by hand' : 'added by hand');

/** Heading of the panel: `60 s · +4.1 % put right`, of all pixels. */
export function headlineWords(plan: Plan, cost: PlanCost, gain: number | undefined, pixels: number): string {
  if (plan.verdict === 'too-early') return 'too early to tell';
  if (cost.pixelDwells === 0) return plan.verdict === 'no-rescan' ? 'nothing is worth its dose' : 'no region';
  const spent =
    cost.seconds === undefined ? `${grouped(cost.pixelDwells)} pixel-dwells` : secondsWords(cost.seconds);
  return gain === undefined ? spent : `${spent} · +${sharePercent(gain / pixels)} put right`;
}

/** One decimal below ten percent: gains are small. */
export const sharePercent = (share: number): string => {
  const value = 100 * share;
  if (value >= 10 || value === 0) return percent(share);
  return value < 0.05 ? '< 0.1\u2009%' : `${value.toFixed(1)}\u2009%`;
};

/** Total cost: `1 240 pixel-dwells · 9.9 % of the first pass · 32 s · 120 e/Å² on average`. */
export function costWords(cost: PlanCost): string[] {
  return [
    `${grouped(cost.pixelDwells)} pixel-dwells`,
    `${sharePercent(cost.percent / 100)} of the first pass`,
    ...(cost.seconds === undefined ? [] : [secondsWords(cost.seconds)]),
    ...(cost.dose === undefined ? [] : [`${compact(cost.dose)} e/Å² on average`]),
  ];
}

/** The dose of the plan; says so where it is not known. */
export const doseWords = (cost: PlanCost): string =>
  cost.mostDose === undefined
    ? 'Their dose in e/Å² is not known: beam current, pixel size and dwell time are needed to tell it.'
    : `Pixels that are scanned again take up to ${compact(cost.mostDose)} e/Å² more; over the whole scan it is ${compact(cost.dose ?? 0)} e/Å² on average.`;

/** A warning where regions, drawn by hand as a rule, go beyond the limit of dose. */
export const overLimitWords = (pixels: number, { doseLimit }: Pick<Plan, 'doseLimit'>): string | undefined =>
  pixels === 0 || doseLimit === undefined
    ? undefined
    : `${plural(pixels, 'pixel')} would have more than the limit of ${compact(doseLimit)} e/Å².`;

/** What will happen on "Send to microscope". */
export function sendingWords(regions: readonly ShownRegion[], cost: PlanCost, isRunning: boolean): string[] {
  const dwells = regions.map((region) => region.dwells);
  const [least, most] = [Math.min(...dwells), Math.max(...dwells)];
  const each = least === most ? dwellWords(most) : `${compact(least)} to ${dwellWords(most)}`;
  const time = cost.seconds === undefined ? '' : `, ${secondsWords(cost.seconds)} with fly-back and set-up`;
  return [
    `Programs that ask for the plan are given ${plural(regions.length, 'region')} of ${each} each pixel: ${grouped(cost.pixelDwells)} pixel-dwells, ${sharePercent(cost.percent / 100)} of the first pass${time}.`,
    doseWords(cost),
    'eelwatch moves no beam itself: a microscope or a script that asks does. What it measures is added to this scan when it comes.',
    ...(isRunning
      ? ['This scan is still running; the plan is not changed by it any more once it is sent.']
      : []),
  ];
}

const STATUS_WORDS: Record<Plan['status'], string> = {
  proposed: 'proposed',
  accepted: 'accepted · sent to producers that ask',
  expired: 'expired',
};

/** State of the plan: `accepted · 1 of 3 regions scanned`, `expired: the specimen has moved by 2.3 pixels …`. */
export function statusWords({ status, regions, expiredFor }: Plan): string {
  if (status === 'expired') return `expired: ${expiredFor ?? 'the scan has changed since it was accepted'}`;
  const scanned = regions.filter(({ state }) => state === 'scanned').length;
  if (status !== 'accepted' || scanned === 0) return STATUS_WORDS[status];
  return `accepted · ${scanned} of ${plural(regions.length, 'region')} scanned`;
}

/** That regions are sent elsewhere than they are drawn; undefined where the specimen has not moved. */
export function driftWords(
  { drift }: Pick<Plan, 'drift'>,
  pixelSizeNm: number | undefined,
): string | undefined {
  if (!drift) return undefined;
  const pixels = Math.hypot(drift.y, drift.x);
  const nm =
    pixelSizeNm === undefined ? '' : ` (${compact(Number((pixels * pixelSizeNm).toPrecision(2)))} nm)`;
  const along = (value: number, name: string) =>
    value === 0 ? [] : [`${value > 0 ? '−' : '+'}${plural(Math.abs(value), name)}`];
  const moved = [...along(drift.applied.y, 'row'), ...along(drift.applied.x, 'column')].join(', ');
  return `The specimen has moved by ${pixels.toFixed(1)} px${nm} since the survey; regions are sent moved with it: ${moved}.`;
}

/** State of a region; undefined while it is not accepted, and in recordings without it. */
export function regionStateWords({
  state,
  share = 0,
  achievedGain,
}: Pick<PlanRegion, 'state' | 'share' | 'achievedGain'>): string | undefined {
  switch (state) {
    case 'accepted':
      return 'waits for its scan';
    case 'scanning':
      return share < 1 ? `being scanned, ${percent(share)}` : 'scanned, being added';
    case 'partly':
      return `${percent(share)} of it scanned`;
    case 'scanned':
      return achievedGain === undefined ? 'scanned' : `scanned, ${achievedWords(achievedGain)}`;
    default:
      return undefined;
  }
}

/** Beside the number of a region on a map, and in a short list: `✓`, `45 %`. */
export function regionStateMark({
  state,
  share = 0,
}: Pick<PlanRegion, 'state' | 'share'>): string | undefined {
  if (state === 'scanned') return '✓';
  return state === 'scanning' || state === 'partly' ? percent(share) : undefined;
}

const achievedWords = (gain: number): string =>
  `achieved ${gain < 0 ? '−' : '+'}${grouped(Math.abs(gain))}\u2009px`;

/** Suggests to stop; undefined unless a further pass runs and hardly a label will change. */
export function stopWords({ settled }: Pick<Plan, 'settled'>): string | undefined {
  if (!settled.mayStop) return undefined;
  const left = settled.remaining;
  return left === undefined
    ? 'You may stop now: hardly a label will change.'
    : `You may stop now: ${sharePercent(left)} of the labels are expected to change in the rest of the pass.`;
}

/** `14:03:10 · 4 regions · predicted +120 px, achieved +97 px`. */
export function pastWords({ at, regions, predictedGain, achievedGain }: PastPlan): string {
  const came = achievedGain === undefined ? 'not scanned yet' : achievedWords(achievedGain);
  return `${clockText(at, 1000)} · ${plural(regions.length, 'region')} · predicted ${gainWords(predictedGain)}, ${came}`;
}

/** A sentence for those who cannot see the curve. */
export function settledSentence({ settled }: Pick<Plan, 'settled'>): string {
  const last = settled.curve.at(-1);
  if (last === undefined) return 'How settled the labels are is not known yet.';
  const points = settled.curve.map(({ dwells, changes }) => `${compact(dwells)}: ${sharePercent(changes)}`);
  return `Labels expected to change by further dose per pixel, in dwells of the first pass: ${points.join(', ')}.`;
}
