import { oracle } from '../support/oracle.ts';
import { type Case, type Score, scoreCase } from './cases.ts';

type Offline = Case & { edges: Record<string, Pick<Score, 'ariTrueK' | 'ariMapped' | 'presence'>> };

const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Mean of paired differences with its 95 % interval (normal approximation). */
function paired(differences: number[]): string {
  const m = mean(differences);
  const deviation = Math.sqrt(
    mean(differences.map((value) => (value - m) ** 2)) / (differences.length - 1 || 1),
  );
  const sign = (value: number) => (value >= 0 ? '+' : '') + value.toFixed(3);
  return `${sign(m)} (${sign(m - 1.96 * deviation)} … ${sign(m + 1.96 * deviation)})`;
}

/**
 * The monitor beside the published way after the scan (fixture offline-pipeline.json: HyperSpy, scikit-learn,
 * umap-learn) on the same simulated scans, at a quarter, half and all of the scan.
 */
export async function offlineStudy(): Promise<void> {
  const cases = oracle<Offline[]>('offline-pipeline');
  const rows: { edge: string; ours: Score; theirs: Offline['edges'][string] }[] = [];
  console.log(
    'seed dose     edge   scanned  ARI true k  automatic  mapped  (k)  presence | offline: true k  mapped  presence',
  );
  for (const each of cases)
    for (const share of [0.25, 0.5, 1]) {
      const scores = await scoreCase(each, share);
      for (const [edge, ours] of scores) {
        const theirs = each.edges[edge];
        const f = (value: number) => value.toFixed(3).padStart(7);
        const beside =
          share === 1 ? ` | ${f(theirs.ariTrueK)} ${f(theirs.ariMapped)} ${f(theirs.presence)}` : '';
        console.log(
          `${String(each.seed).padStart(4)} ${each.dose.padEnd(8)} ${edge.padEnd(6)} ${String(100 * share).padStart(5)} %  ` +
            `${f(ours.ariTrueK)} ${f(ours.ariAuto)} ${f(ours.ariMapped)} (${ours.classes}) ${f(ours.presence)}${beside}`,
        );
        if (share === 1) rows.push({ edge, ours, theirs });
      }
    }
  console.log('\nmonitor − offline at the end of the scan, mean over cases with 95 % interval');
  for (const key of ['ariTrueK', 'ariMapped', 'presence'] as const)
    console.log(`  ${key.padEnd(10)} ${paired(rows.map(({ ours, theirs }) => ours[key] - theirs[key]))}`);
}
