import { existsSync, readFileSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { oracle } from '../support/oracle.ts';
import { type Case, type Score, type ScoredCase, scoreCase } from './cases.ts';
import { type OfflineCase, summarise } from './offline-summary.ts';

export interface OfflineOptions {
  /** `1-10` or `1,4,7`. */
  seeds: string;
  sizes: string;
  doses: string;
  /** JSON lines, one per case; cases that stand there already are not run again. */
  out?: string;
}

export const OFFLINE_DEFAULTS: OfflineOptions = { seeds: '1-10', sizes: '64,96', doses: 'low,default,high' };

const sameCase = (a: Case) => (b: Case) => a.seed === b.seed && a.dose === b.dose && a.side === b.side;

/**
 * The monitor beside the published way after the scan (fixture offline-pipeline.json: HyperSpy, scikit-learn,
 * umap-learn) on the same simulated scans: live at a quarter and half of the scan, and at its end, there with the classes
 * found in the plane and in the scores.
 */
export async function offlineStudy(options: OfflineOptions): Promise<void> {
  const offline = oracle<OfflineCase[]>('offline-pipeline');
  const done: ScoredCase[] = options.out && existsSync(options.out) ? readLines(options.out) : [];
  const scored: ScoredCase[] = [];
  console.log(
    'ARI with the true number of classes, with the automatic one, mapped to phases, presence (classes)',
  );
  console.log(
    `seed dose    side edge  ${['25 %', '50 %', '100 %', 'in the scores'].map((title) => title.padEnd(31)).join('')}offline: true, mapped, presence`,
  );
  for (const each of casesOf(options)) {
    let one = done.find(sameCase(each));
    if (!one) {
      one = await scoreCase(each);
      if (options.out) await appendFile(options.out, `${JSON.stringify(one)}\n`);
    }
    scored.push(one);
    printCase(one, offline.find(sameCase(each)));
  }
  summarise(scored, offline);
}

function casesOf({ seeds, sizes, doses }: OfflineOptions): Case[] {
  const [from, to] = seeds.split('-').map(Number);
  const numbers = to
    ? Array.from({ length: to - from + 1 }, (_, i) => from + i)
    : seeds.split(',').map(Number);
  return sizes
    .split(',')
    .flatMap((side) =>
      numbers.flatMap((seed) =>
        doses.split(',').map((dose) => ({ seed, dose: dose as Case['dose'], side: Number(side) })),
      ),
    );
}

const readLines = (path: string): ScoredCase[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as ScoredCase);

function printCase(one: ScoredCase, beside: OfflineCase | undefined): void {
  const three = (value: number) => value.toFixed(3);
  const text = (score: Score | undefined) =>
    (score
      ? `${[score.ariTrueK, score.ariAuto, score.ariMapped, score.presence].map(three).join(' ')} (${score.classes})`
      : 'no model yet'
    ).padEnd(31);
  for (const [edge, { live, final }] of Object.entries(one.edges)) {
    const theirs = beside?.edges[edge];
    console.log(
      `${String(one.seed).padStart(4)} ${one.dose.padEnd(7)} ${String(one.side).padStart(4)} ${edge.padEnd(5)} ` +
        [live['0.25'], live['0.5'], final.embedding, final.scores].map(text).join('') +
        (theirs ? [theirs.ariTrueK, theirs.ariMapped, theirs.presence].map(three).join(' ') : ''),
    );
  }
}
