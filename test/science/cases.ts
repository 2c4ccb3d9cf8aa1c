import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Edge, parseEdges } from '../../protocol/index.ts';
import { cluster } from '../../server/analysis/clustering/kmeans.ts';
import { edgeWindow } from '../../server/analysis/windows/edge-window.ts';
import { openScanFile } from '../../server/formats/formats.ts';
import { decodeNpy } from '../../server/formats/numpy/numpy.ts';
import { openCube } from '../../server/formats/reading/cube-reader.ts';
import { findClasses } from '../../server/pipeline/fit/edge-classes.ts';
import { fitEdge } from '../../server/pipeline/fit/edge-fit.ts';
import { ANALYSIS_DEFAULTS, type AnalysisOptions } from '../../server/pipeline/options.ts';
import type { ScanRun } from '../../server/pipeline/scan-run.ts';
import { adjustedRandIndex, mapToMajority } from '../support/agreement.ts';
import { walkLive } from '../support/live-walk.ts';

const EDGES = 'Si-L,C-K,O-K';
/** Pixels of at least this share of one phase are judged. */
const PURE = 0.85;
const STOPS = [0.25, 0.5];
export const SPACES = ['embedding', 'scores'] as const;

export interface Case {
  seed: number;
  dose: 'low' | 'default' | 'high';
  side: number;
}

/** How one edge of one case came out, absence counted as a class. */
export interface Score {
  ariTrueK: number;
  ariAuto: number;
  /** With the automatic number, each class taken for the phase that most of its pixels have. */
  ariMapped: number;
  presence: number;
  classes: number;
  trueClasses: number;
}

export interface EdgeScores {
  /** While the scan ran, by the share scanned, as `0.25`; undefined before the first model. */
  live: Record<string, Score | undefined>;
  /** Of the final maps, by where the classes are looked for. */
  final: Record<(typeof SPACES)[number], Score>;
}

export type ScoredCase = Case & { edges: Record<string, EdgeScores> };

/** Pixels that are judged, and their true classes. */
class Truth {
  readonly #pixels: number[];
  readonly #labels: number[];

  constructor(purity: number[], labels: number[]) {
    this.#pixels = purity.flatMap((share, pixel) => (share >= PURE ? [pixel] : []));
    this.#labels = labels;
  }

  of(scanned: number): { pixels: number[]; expected: number[]; trueClasses: number } {
    const pixels = this.#pixels.filter((pixel) => pixel < scanned);
    const expected = pixels.map((pixel) => this.#labels[pixel]);
    return { pixels, expected, trueClasses: new Set(expected.filter((label) => label >= 0)).size };
  }

  /** @param exactOf labels with as many classes as there are phases */
  score(scanned: number, labels: ArrayLike<number>, exactOf: (classes: number) => ArrayLike<number>): Score {
    const { pixels, expected, trueClasses } = this.of(scanned);
    const exact = exactOf(Math.max(1, trueClasses));
    const found = pixels.map((pixel) => labels[pixel]);
    return {
      ariTrueK: adjustedRandIndex(
        pixels.map((pixel) => exact[pixel]),
        expected,
      ),
      ariAuto: adjustedRandIndex(found, expected),
      ariMapped: adjustedRandIndex(mapToMajority(found, expected), expected),
      presence: found.filter((label, i) => label >= 0 === expected[i] >= 0).length / found.length,
      classes: new Set(found.filter((label) => label >= 0)).size,
      trueClasses,
    };
  }
}

/**
 * Watches a simulated scan live and scores every edge: the maps on screen when a quarter and half of the rows are there,
 * and the final ones. With the true number of classes k-means is run again in the same plane or scores, so that one walk
 * is enough; the final maps are fitted once more for that, which must give the labels the monitor gave.
 */
export async function scoreCase({ seed, dose, side }: Case): Promise<ScoredCase> {
  const folder = await mkdtemp(join(tmpdir(), 'eelwatch-science-'));
  const edges = parseEdges(EDGES);
  const scores = new Map(edges.map(({ name }): [string, EdgeScores['live']] => [name, {}]));
  const finalLabels = new Map<string, Int16Array>();
  const truths = new Map<string, Truth>();
  try {
    await walkLive({
      folder,
      scan: { shape: [side, side], seed, dose, lowLoss: false },
      edges,
      stops: STOPS.map((share) => Math.floor(share * side)),
      judge: async (run, rows) => {
        for (const edge of edges) {
          if (!truths.has(edge.name)) truths.set(edge.name, await readTruth(folder, edge));
          const labels = run.layers.edges.get(edge.name)?.labels.slice() ?? new Int16Array();
          if (run.status === 'complete') finalLabels.set(edge.name, labels);
          const share = STOPS.find((stop) => Math.floor(stop * side) === rows);
          const live = scores.get(edge.name);
          const truth = truths.get(edge.name);
          if (live && truth && share) live[share] = scoreLive(run, edge, truth, rows * side);
        }
      },
    });
    const scored: ScoredCase = { seed, dose, side, edges: {} };
    for (const edge of edges)
      scored.edges[edge.name] = {
        live: scores.get(edge.name) ?? {},
        final: await scoreFinal(folder, edge, truths.get(edge.name) as Truth, finalLabels.get(edge.name)),
      };
    return scored;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function readTruth(folder: string, edge: Edge): Promise<Truth> {
  const read = async (name: string) => {
    const { data } = decodeNpy(await readFile(join(folder, 'simulated-anode.truth', `${name}.npy`)));
    return Array.from(data as ArrayLike<number>);
  };
  return new Truth(await read('purity'), await read(edge.name));
}

function scoreLive(run: ScanRun, edge: Edge, truth: Truth, scanned: number): Score | undefined {
  const state = run.topics.get(`edge/${edge.name}`);
  const maps = run.layers.edges.get(edge.name);
  if (!maps || state?.type !== 'edge' || state.status === 'collecting') return undefined;
  return truth.score(scanned, maps.labels, (classes) => {
    const present = Array.from(maps.labels.keys()).filter((pixel) => maps.labels[pixel] >= 0);
    const plane = new Float32Array(2 * present.length);
    present.forEach((pixel, i) => {
      plane.set(maps.embedding.subarray(2 * pixel, 2 * pixel + 2), 2 * i);
    });
    const exact = maps.labels.slice();
    const { labels } = cluster(plane, 2, Math.min(classes, present.length), ANALYSIS_DEFAULTS.seed);
    present.forEach((pixel, i) => {
      exact[pixel] = labels[i];
    });
    return exact;
  });
}

async function scoreFinal(
  folder: string,
  edge: Edge,
  truth: Truth,
  shown: Int16Array | undefined,
): Promise<EdgeScores['final']> {
  const { scan, core } = await openScanFile(join(folder, 'simulated-anode.rpl'));
  const reader = await openCube(core);
  try {
    const window = edgeWindow(edge, scan.energy, scan.channels);
    const pixels = scan.shape[0] * scan.shape[1];
    const measured = new Uint8Array(pixels).fill(1);
    const input = { reader, window, shape: scan.shape, measured, seed: ANALYSIS_DEFAULTS.seed };
    const fit = await fitEdge(input, ANALYSIS_DEFAULTS);
    if (!shown || fit.labels.some((label, pixel) => label !== shown[pixel]))
      throw new Error(`${edge.name}: the final maps are not those of the same fit without threads`);
    const labelled = (classesIn: AnalysisOptions['classesIn'], classes: AnalysisOptions['classes']) => {
      const seen = fit.pixels;
      if (!seen) return fit.labels;
      const alike = !fit.landmarkEmbedding || fit.signal.basis?.significant === 0;
      const { seed } = ANALYSIS_DEFAULTS;
      const { labels } = findClasses(seen, { classes, classesIn, seed, alike });
      const map = fit.labels.slice();
      let next = 0;
      for (let pixel = 0; pixel < pixels; pixel++) if (fit.signal.present[pixel]) map[pixel] = labels[next++];
      return map;
    };
    const score = (space: AnalysisOptions['classesIn']) =>
      truth.score(pixels, labelled(space, 'auto'), (classes) => labelled(space, classes));
    return { embedding: score('embedding'), scores: score('scores') };
  } finally {
    await reader.close();
  }
}
