import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PairInformation, parseEdges } from '../../../protocol/index.ts';
import { contingency, mutualInformation } from '../../../server/analysis/information/information.ts';
import type { Monitor } from '../../../server/pipeline/monitor.ts';
import type { ScanRun } from '../../../server/pipeline/scan-run.ts';
import { watchPath } from '../../../server/sources/folders/directory.ts';
import { adjustedRandIndex, readLabels, renameTo } from '../../support/agreement.ts';
import { createMonitor, followToEnd } from '../../support/analyse.ts';
import { CLASSES, EDGES, writeDemonstration } from '../../support/demonstration-cube.ts';
import { oracle } from '../../support/oracle.ts';

const PHASES = 5;

/**
 * Two edges, background taken away, five phases blending into each other, beside PCA → umap-learn → scikit-learn k-means.
 * Pinned: the number of classes, four per edge in both. Classes of blends have no sharp borders: two seeds of umap-learn
 * agree with each other to an ARI of 0.92.
 */
describe("the published method's demonstration in kind", () => {
  let folder: string;
  let monitor: Monitor;
  let run: ScanRun;
  const fixture = oracle<{ demonstration: { labels: Record<string, string>; mi: number } }>(
    'maps',
  ).demonstration;
  const theirs = (edge: string) => readLabels(fixture.labels[edge]);
  const ours = (edge: string) => [...(run.layers.edges.get(edge)?.labels ?? [])];
  const information = () => run.topics.get('information/Si-L~C-K') as PairInformation;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'eelwatch-test-'));
    const path = await writeDemonstration(folder);
    monitor = createMonitor(parseEdges(EDGES), { live: false, background: 'none', classes: CLASSES });
    run = await followToEnd(monitor, watchPath(path, { once: true }));
  }, 240_000);
  afterAll(async () => {
    await monitor?.close();
    await rm(folder, { recursive: true, force: true });
  });

  it.each(['Si-L', 'C-K'])('%s: the classes agree', (edge) => {
    const agreement = adjustedRandIndex(ours(edge), theirs(edge));
    console.log(`${edge}: ARI with PCA, umap-learn and scikit-learn ${agreement.toFixed(3)}`);
    expect(agreement).toBeGreaterThanOrEqual(0.75);
  });

  it('the mutual information agrees within a tenth', () => {
    console.log(`mutual information ${information().mi.toFixed(4)} nats, offline ${fixture.mi.toFixed(4)}`);
    expect(Math.abs(information().mi / fixture.mi - 1)).toBeLessThanOrEqual(0.1);
    expect(information().verdict).toBe('related');
  });

  it('the strongest pairs of classes are the same: one for each phase', () => {
    const strongest = (a: number[], b: number[]) => {
      const { terms, rows, columns } = informationOf(a, b);
      return rows
        .flatMap((row, i) => columns.map((column, j) => ({ pair: `${row}+${column}`, term: terms[i][j] })))
        .sort((p, q) => q.term - p.term)
        .slice(0, PHASES)
        .map(({ pair }) => pair);
    };
    const [silicon, carbon] = ['Si-L', 'C-K'].map((edge) => renameTo(theirs(edge), ours(edge)));
    const expected = strongest(theirs('Si-L'), theirs('C-K'));
    expect(new Set(strongest(silicon, carbon))).toEqual(new Set(expected));
    expect(strongest(silicon, carbon)[0]).toBe(expected[0]);
    // The pairs that the monitor itself calls surely related are among them.
    const shown = information().pairs.map(({ a, b }) => {
      const name = (edge: string, renamed: number[], label: number) => renamed[ours(edge).indexOf(label)];
      return `${name('Si-L', silicon, a)}+${name('C-K', carbon, b)}`;
    });
    expect(shown.length).toBeGreaterThanOrEqual(3);
    for (const pair of shown) expect(expected).toContain(pair);
  });
});

function informationOf(a: number[], b: number[]) {
  const table = contingency(Int16Array.from(a), Int16Array.from(b));
  return { ...mutualInformation(table), rows: table.rows, columns: table.columns };
}
