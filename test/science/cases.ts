import { mkdtemp, readFile, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Edge, parseEdges } from '../../protocol/index.ts';
import { openScanFile } from '../../server/formats/formats.ts';
import { decodeNpy } from '../../server/formats/numpy.ts';
import { simulate } from '../../server/microscope/simulate.ts';
import { watchPath } from '../../server/sources/directory.ts';
import { adjustedRandIndex, mapToMajority } from '../support/agreement.ts';
import { createMonitor, followToEnd } from '../support/analyse.ts';

/** Pixels of at least this share of one phase are judged. */
const PURE = 0.85;

export interface Case {
  seed: number;
  dose: 'low' | 'default' | 'high';
  side: number;
}

/** How one edge of one case came out, absence counted as a class. */
export interface Score {
  ariTrueK: number;
  ariAuto: number;
  ariMapped: number;
  presence: number;
  classes: number;
}

/** Analyses a simulated scan, of which only a share has been scanned, and scores every edge. */
export async function scoreCase({ seed, dose, side }: Case, share = 1): Promise<Map<string, Score>> {
  const folder = await mkdtemp(join(tmpdir(), 'eelwatch-science-'));
  try {
    await simulate(folder, { shape: [side, side], seed, dose, lowLoss: false });
    const stem = join(folder, 'simulated-anode');
    const scanned = Math.floor(side * share) * side;
    const { scan } = await openScanFile(`${stem}.rpl`);
    if (share < 1) await truncate(`${stem}.raw`, scanned * scan.channels * 2);
    const truthOf = async (name: string) =>
      Array.from(
        decodeNpy(await readFile(join(`${stem}.truth`, `${name}.npy`))).data as ArrayLike<number>,
      ).slice(0, scanned);
    const purity = await truthOf('purity');
    const pure = purity.flatMap((value, pixel) => (value >= PURE ? [pixel] : []));
    const scores = new Map<string, Score>();
    const labels = async (edges: Edge[], classes: number | 'auto') => {
      const monitor = createMonitor(edges, { live: false, classes });
      try {
        const run = await followToEnd(monitor, watchPath(`${stem}.rpl`, { once: true }));
        return new Map(
          run.edges.map(({ edge, maps }) => [edge.name, pure.map((pixel) => maps.labels[pixel])]),
        );
      } finally {
        await monitor.close();
      }
    };
    const edges = parseEdges('Si-L,C-K,O-K');
    const automatic = await labels(edges, 'auto');
    for (const edge of edges) {
      const truth = await truthOf(edge.name);
      const expected = pure.map((pixel) => truth[pixel]);
      const trueK = Math.max(1, new Set(expected.filter((label) => label >= 0)).size);
      const exact = (await labels([edge], trueK)).get(edge.name) as number[];
      const found = automatic.get(edge.name) as number[];
      scores.set(edge.name, {
        ariTrueK: adjustedRandIndex(exact, expected),
        ariAuto: adjustedRandIndex(found, expected),
        ariMapped: adjustedRandIndex(mapToMajority(found, expected), expected),
        presence: found.filter((label, i) => label >= 0 === expected[i] >= 0).length / found.length,
        classes: new Set(found.filter((label) => label >= 0)).size,
      });
    }
    return scores;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
