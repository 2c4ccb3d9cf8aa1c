import { type Case, type EdgeScores, type Score, type ScoredCase, SPACES } from './cases.ts';

type Figures = Pick<Score, 'ariTrueK' | 'ariMapped' | 'presence'>;
export type OfflineCase = Case & { edges: Record<string, Figures> };

const FIGURES = ['ariTrueK', 'ariMapped', 'presence'] as const;
/** How much worse than offline a figure may be. */
const MARGIN = 0.02;
const ENOUGH = 0.97;

/** One edge of one case beside the offline figures. */
interface Row extends EdgeScores {
  of: Case;
  edge: string;
  offline: Figures | undefined;
}

const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const three = (value: number | undefined) =>
  (value === undefined || Number.isNaN(value) ? '–' : value.toFixed(3)).padStart(6);
const percent = (values: boolean[]) =>
  (values.length > 0 ? `${Math.round(100 * mean(values.map(Number)))} %` : '–').padStart(5);
const unique = <T>(values: T[]): T[] => [...new Set(values)];

function median(values: (number | undefined)[]): number {
  const sorted = values.filter((value) => value !== undefined).sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Mean of paired differences and half its 95 % interval (normal approximation). */
function paired(differences: number[]): { mean: number; half: number } {
  const m = mean(differences);
  const variance = mean(differences.map((value) => (value - m) ** 2));
  return { mean: m, half: 1.96 * Math.sqrt(variance / (differences.length - 1 || 1)) };
}

/** Medians by size and dose, paired differences from offline and between the two spaces, and which targets are reached. */
export function summarise(cases: ScoredCase[], offline: OfflineCase[]): void {
  const rows = cases.flatMap((one) => {
    const theirs = offline.find(
      ({ seed, dose, side }) => seed === one.seed && dose === one.dose && side === one.side,
    );
    return Object.entries(one.edges).map(
      ([edge, scores]): Row => ({ of: one, edge, offline: theirs?.edges[edge], ...scores }),
    );
  });
  printMedians(rows);
  printDifferences(rows);
  printTargets(rows);
}

function printMedians(rows: Row[]): void {
  console.log('\nMedians over seeds: true number of classes, automatic, mapped to phases, presence');
  console.log(
    `side dose    edge    n  ${['25 %', '50 %', '100 %', 'in the scores'].map((title) => title.padEnd(30)).join('')}offline: true, mapped, presence`,
  );
  for (const side of unique(rows.map(({ of }) => of.side)))
    for (const dose of unique(rows.map(({ of }) => of.dose)))
      for (const edge of unique(rows.map((row) => row.edge))) {
        const group = rows.filter((row) => row.of.side === side && row.of.dose === dose && row.edge === edge);
        if (group.length === 0) continue;
        const four = (scoreOf: (row: Row) => Score | undefined) =>
          (['ariTrueK', 'ariAuto', 'ariMapped', 'presence'] as const)
            .map((figure) => three(median(group.map((row) => scoreOf(row)?.[figure]))))
            .join(' ')
            .padEnd(30);
        console.log(
          `${String(side).padStart(4)} ${dose.padEnd(7)} ${edge.padEnd(6)} ${String(group.length).padStart(2)} ` +
            four((row) => row.live['0.25']) +
            four((row) => row.live['0.5']) +
            four((row) => row.final.embedding) +
            four((row) => row.final.scores) +
            FIGURES.map((figure) => three(median(group.map((row) => row.offline?.[figure])))).join(' '),
        );
      }
}

/** Mean differences by edge; over all edges, those of one case are averaged first. */
function differences(
  rows: Row[],
  of: (row: Row) => number | undefined,
): Map<string, { mean: number; half: number }> {
  const byEdge = unique(rows.map(({ edge }) => edge)).map((edge): [string, number[]] => [
    edge,
    rows.filter((row) => row.edge === edge).flatMap((row) => of(row) ?? []),
  ]);
  const byCase = unique(rows.map((row) => row.of)).flatMap((one) => {
    const own = rows.filter((row) => row.of === one).flatMap((row) => of(row) ?? []);
    return own.length > 0 ? [mean(own)] : [];
  });
  return new Map([...byEdge, ['all', byCase] as const].map(([name, values]) => [name, paired(values)]));
}

function printDifferences(rows: Row[]): void {
  const beside = rows.some(({ offline }) => offline);
  const signed = (value: number) => (value >= 0 ? '+' : '') + value.toFixed(3);
  const print = (name: string, of: (row: Row) => number | undefined, judged: boolean) => {
    const cells = [...differences(rows, of)].map(([edge, { mean: m, half }]) => {
      const verdict =
        m - half >= -MARGIN
          ? 'not worse'
          : m + half < -MARGIN
            ? 'worse'
            : m >= -MARGIN
              ? 'open'
              : 'open, low';
      return `${edge} ${signed(m)} (${signed(m - half)} … ${signed(m + half)})${judged ? ` ${verdict}` : ''}`;
    });
    console.log(`  ${name.padEnd(10)} ${cells.join('   ')}`);
  };
  for (const space of beside ? SPACES : []) {
    console.log(
      `\nClasses in the ${space} − offline, end of the scan, mean with 95 % interval (margin ${MARGIN})`,
    );
    for (const figure of FIGURES)
      print(figure, (row) => row.offline && row.final[space][figure] - row.offline[figure], true);
  }
  console.log('\nClasses in the scores − in the embedding, end of the scan');
  for (const figure of ['ariTrueK', 'ariAuto', 'ariMapped'] as const)
    print(figure, ({ final }) => final.scores[figure] - final.embedding[figure], false);
}

function printTargets(rows: Row[]): void {
  for (const space of SPACES) {
    console.log(`\nTargets with classes in the ${space}: median and share of cases that reach them, by edge`);
    for (const edge of unique(rows.map((row) => row.edge))) {
      const own = rows.filter((row) => row.edge === edge);
      const beside = own.filter((row) => row.offline);
      const standard = own.filter(({ of }) => of.dose === 'default').map((row) => row.final[space].ariMapped);
      const presence = own.map((row) => row.final[space].presence);
      const notWorse = FIGURES.map((figure) =>
        percent(beside.map((row) => row.final[space][figure] >= (row.offline as Figures)[figure] - MARGIN)),
      );
      console.log(
        `  ${edge.padEnd(5)} mapped at the default dose ${three(median(standard))} (${percent(standard.map((v) => v >= ENOUGH))})` +
          `   presence ${three(median(presence))} (${percent(presence.map((v) => v >= ENOUGH))})` +
          `   not worse than offline: true k ${notWorse[0]}, mapped ${notWorse[1]}, presence ${notWorse[2]}`,
      );
    }
  }
}
