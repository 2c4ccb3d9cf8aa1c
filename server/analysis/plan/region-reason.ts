import { ABSENT, counted, type PlanTerm } from '../../../protocol/index.ts';
import { rightNow } from '../clustering/class-decision.ts';
import { upperMedian } from '../math/median.ts';
import { doubtful, type EdgeDoubt } from './edge-doubt.ts';
import type { PixelValues } from './pixel-values.ts';
import { MISSING, type PlanInput } from './plan-input.ts';
import type { Area } from './summed-area.ts';

/** Most pixels of a region that are sampled. */
const SAMPLE = 600;
/** Classes that have this share of a region each make it a border. */
const BORDER_SHARE = 0.25;
/** Reasons with at least this part of the greatest weight are named, too. */
const WORTH_NAMING = 0.5;

interface Reason {
  /** How many pixels are wrong for it. */
  weight: number;
  words: string;
}

/**
 * Reason for a region, with figures: `Si-L: SiO2 or Si + SiO2? S/N 1.8, at a border of C-K 1 and 3`. At most two
 * reasons, the weightiest first.
 */
export function reasonFor(
  area: Area,
  { doubts, novel, value }: PixelValues,
  input: PlanInput,
  terms: readonly PlanTerm[],
): string {
  const pixels = pixelsOf(area, input.shape[1], SAMPLE);
  const reasons: Reason[] = [];
  for (const doubt of doubts) {
    if (terms.includes('classes')) reasons.push(...classReasons(doubt, pixels, doubts));
    if (terms.includes('presence')) reasons.push(...presenceReason(doubt, pixels));
  }
  // These are counted, so all pixels are used.
  const all = pixelsOf(area, input.shape[1], Number.POSITIVE_INFINITY);
  const every = all.length / Math.max(pixels.length, 1);
  for (const reason of reasons) reason.weight *= every;
  if (terms.includes('novelty')) reasons.push(...noveltyReason(all, novel));
  if (terms.includes('missing')) reasons.push(...missingReasons(all, input, value));
  reasons.sort((a, b) => b.weight - a.weight);
  const [first, second] = reasons;
  if (!first) return 'certain already';
  return second && second.weight > WORTH_NAMING * first.weight
    ? `${first.words}; ${second.words}`
    : first.words;
}

function pixelsOf({ y, x, height, width }: Area, columns: number, most: number): number[] {
  // An odd step, so that no column is skipped.
  const step = height * width > most ? Math.ceil((height * width) / most) | 1 : 1;
  const pixels: number[] = [];
  for (let i = 0; i < height * width; i += step)
    pixels.push((y + Math.floor(i / width)) * columns + x + (i % width));
  return pixels;
}

/** The two classes of an edge that are confused most. */
function classReasons({ edge }: EdgeDoubt, pixels: readonly number[], all: readonly EdgeDoubt[]): Reason[] {
  const pairs = new Map<number, { weight: number; labels: [number, number]; pixels: number[] }>();
  for (const pixel of pixels) {
    const label = edge.labels[pixel];
    const decision = label >= 0 ? doubtful(edge, pixel) : undefined;
    if (!decision) continue;
    const labels: [number, number] = [Math.min(label, decision.other), Math.max(label, decision.other)];
    // Labels are 16 bits wide.
    const key = labels[0] * 65_536 + labels[1];
    const pair = pairs.get(key) ?? { weight: 0, labels, pixels: [] };
    pairs.set(key, pair);
    const wrong = 1 - rightNow(decision);
    pair.weight += wrong;
    if (wrong > 0.05) pair.pixels.push(pixel);
  }
  const top = [...pairs.values()].sort((a, b) => b.weight - a.weight)[0];
  if (!top || top.pixels.length === 0) return [];
  const words = `${edge.name}: ${paired(edge.classNames, top.labels, 'or')}? S/N ${typicalSnr(edge.snr, top.pixels)}`;
  return [{ weight: top.weight, words: words + borderWords(edge.name, top.pixels, all) }];
}

/** `SiO2 or Si + SiO2`, `class 1 or 2`, `SiO2 or class 2`; `1 and 2` after the name of an edge. */
function paired(
  names: Record<number, string> | undefined,
  labels: readonly [number, number],
  joint: 'or' | 'and',
): string {
  const [first, second] = [...labels].sort((a, b) => a - b);
  const [a, b] = [names?.[first], names?.[second]];
  if (a === undefined && b === undefined)
    return joint === 'or' ? `class ${first} or ${second}` : `${first} and ${second}`;
  // The named one first.
  const said = [a ?? b, a === undefined ? `class ${first}` : (b ?? `class ${second}`)];
  return said.join(` ${joint} `);
}

/** Where two classes of another edge meet. */
function borderWords(edge: string, pixels: readonly number[], all: readonly EdgeDoubt[]): string {
  for (const { edge: other } of all) {
    if (other.name === edge) continue;
    const counts = new Map<number, number>();
    for (const pixel of pixels) {
      const label = other.labels[pixel];
      if (label >= ABSENT) counts.set(label, (counts.get(label) ?? 0) + 1);
    }
    const [first, second] = [...counts].sort((a, b) => b[1] - a[1]);
    if (!second || second[1] < BORDER_SHARE * pixels.length) continue;
    const labels: [number, number] = [first[0], second[0]];
    if (labels.includes(ABSENT)) return `, at a border of ${other.name}`;
    const said = paired(other.classNames, labels, 'and');
    return `, at a border of ${other.name} ${said}`;
  }
  return '';
}

function presenceReason(doubt: EdgeDoubt, pixels: readonly number[]): Reason[] {
  let weight = 0;
  const doubted: number[] = [];
  for (const pixel of pixels) {
    if (!doubt.isMeasured(pixel)) continue;
    const wrong = 1 - doubt.presenceRight(pixel);
    weight += wrong;
    if (wrong > 0.05) doubted.push(pixel);
  }
  if (doubted.length === 0) return [];
  const { name, snr } = doubt.edge;
  return [{ weight, words: `${name} present? S/N ${typicalSnr(snr, doubted)}` }];
}

function noveltyReason(pixels: readonly number[], novel: Float32Array): Reason[] {
  const count = pixels.filter((pixel) => novel[pixel] > 0).length;
  if (count === 0) return [];
  return [{ weight: count, words: `${counted(count, 'pixel')} unlike all others` }];
}

function missingReasons(pixels: readonly number[], { missing }: PlanInput, value: Float32Array): Reason[] {
  const kinds = {
    [MISSING.lost]: 'lost pixel',
    [MISSING.masked]: 'masked pixel',
    [MISSING.saturated]: 'saturated pixel',
  };
  return Object.entries(kinds).flatMap(([fault, one]) => {
    const count = pixels.filter((pixel) => missing[pixel] === Number(fault) && value[pixel] > 0).length;
    const instead = Number(fault) === MISSING.saturated ? ', measured again with a shorter dwell' : '';
    return count > 0 ? [{ weight: count, words: counted(count, one) + instead }] : [];
  });
}

/** Median of some pixels, in words. */
function typicalSnr(snr: Float32Array, pixels: readonly number[]): string {
  return upperMedian(pixels.map((pixel) => snr[pixel]))
    .toFixed(1)
    .replace('-', '−');
}
