import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type EdgeState,
  type PairInformation,
  parseEdges,
  type SumSpectrum,
} from '../../../protocol/index.ts';
import { RandomStream } from '../../../server/microscope/random.ts';
import type { AlignMethod } from '../../../server/pipeline/options.ts';
import type { ScanRun } from '../../../server/pipeline/scan-run.ts';
import { watchPath } from '../../../server/sources/folders/directory.ts';
import { createMonitor, followToEnd } from '../../support/analyse.ts';
import { type DetectorCube, edgeShape, writeDetectorCube } from '../../support/detector-cube.ts';
import type { DetectorStudy } from '../detectors.ts';

const SEEDS = Number(process.env.SEEDS ?? 5);
const EDGES = ['Ti-L', 'O-K'];

interface Case {
  shape: [number, number];
  dose: number;
  jitterEv: number;
  pattern?: number;
  gain?: number;
}

const JITTERS: Case[] = [
  { shape: [1, 100], dose: 1, jitterEv: 0.15 },
  { shape: [1, 160], dose: 2, jitterEv: 0.3 },
  { shape: [16, 20], dose: 1, jitterEv: 0.15 },
  { shape: [24, 24], dose: 3, jitterEv: 0.1, pattern: 0.01 },
  { shape: [24, 24], dose: 1, jitterEv: 0.4, gain: 30 },
  { shape: [24, 24], dose: 3, jitterEv: 0.4, pattern: 0.01 },
];

const titanate = (
  { shape, dose, pattern = 0, gain = 1 }: Case,
  seed: number,
  move: (pixel: number) => [number, number],
): DetectorCube => ({
  shape,
  energy: { offset: 380, dispersion: 0.3, units: 'eV' },
  channels: 700,
  pattern,
  gain,
  seed,
  mean: (ev, pixel) => {
    const [ti, o] = move(pixel);
    const edges = 400 * edgeShape(ev - ti, 456, 2, 1.2) + 60 * edgeShape(ev - o, 532, 1, 2);
    return dose * (4000 * (ev / 380) ** -3 + edges);
  },
});

function normals(count: number, seed: number): Float64Array {
  const random = new RandomStream(seed, 501, 3);
  return Float64Array.from({ length: count }, () => random.normal());
}

/** Analyses a cube as the command does, and looks at the result. */
async function analysed<T>(
  cube: DetectorCube,
  look: (run: ScanRun) => T,
  { edges = EDGES.join(), align = 'auto' as AlignMethod } = {},
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'eelwatch-science-'));
  const monitor = createMonitor(parseEdges(edges), { live: false, align });
  try {
    const path = await writeDetectorCube(folder, 'cube', cube);
    return look(await followToEnd(monitor, watchPath(path, { once: true })));
  } finally {
    await monitor.close();
    await rm(folder, { recursive: true, force: true });
  }
}

const classesOf = (run: ScanRun) =>
  EDGES.map((edge) => (run.topics.get(`edge/${edge}`) as EdgeState).classes.length);

const driftOf = (run: ScanRun) => (run.topics.get('sum-spectrum') as SumSpectrum).drift;

/** Pixels whose shift lies within 2 σ of the truth, as far as a constant goes. */
function within(run: ScanRun, truth: Float64Array): number {
  const { shifts } = run.layers.survey;
  const sigma = driftOf(run)?.uncertainty ?? 0;
  const residual = truth.map((x, p) => (shifts[p] || 0) - x);
  const mean = residual.reduce((sum, x) => sum + x, 0) / residual.length;
  return residual.filter((x) => Math.abs(x - mean) <= 2 * sigma).length;
}

/** One phase whose pixels jitter, chemical shifts, and what is said of both. */
export const shiftsStudy: DetectorStudy = {
  title: 'shifts',
  async *rows() {
    for (const each of JITTERS) {
      const pixels = each.shape[0] * each.shape[1];
      let [many, related, inside, moved] = [0, 0, 0, 0];
      for (let seed = 1; seed <= SEEDS; seed++) {
        const truth = normals(pixels, seed).map((x) => each.jitterEv * x);
        await analysed(
          titanate(each, seed, (p) => [truth[p], truth[p]]),
          (run) => {
            many += classesOf(run).filter((n) => n > 1).length;
            if (driftOf(run)?.aligned) {
              moved++;
              inside += within(run, truth);
            }
            for (const topic of run.topics.values())
              if (topic.type === 'information' && (topic as PairInformation).verdict === 'related') related++;
          },
        );
      }
      const scans = `${each.shape.join(' × ')}, dose ${each.dose}, jitter ${each.jitterEv} eV, pattern ${each.pattern ?? 0}, gain ${each.gain ?? 1}`;
      yield {
        scans,
        counted: 'edge maps of one phase with more than one class',
        hits: many,
        of: 2 * SEEDS,
        most: 0.02,
      };
      yield { scans, counted: 'pairs called related', hits: related, of: SEEDS, most: 0.05 };
      yield {
        scans,
        counted: 'scans moved as the instrument shifts (of the others the origin is said to be unknown)',
        hits: moved,
        of: SEEDS,
      };
      yield {
        scans,
        counted: 'pixels of scans moved within 2 σ of the true shift',
        hits: inside,
        of: moved * pixels,
        least: 0.9,
      };
    }
    for (const [name, both] of [
      ['Ti-L alone', 0],
      ['both edges', 1],
    ] as const) {
      let kept = 0;
      for (let seed = 1; seed <= SEEDS; seed++) {
        const radius = 6 + (seed % 3);
        const isInside = (p: number) => ((p % 28) - 14) ** 2 + (Math.floor(p / 28) - 14) ** 2 < radius ** 2;
        const cube = titanate({ shape: [28, 28], dose: 1, jitterEv: 0 }, seed, (p) => [
          isInside(p) ? 1 : 0,
          isInside(p) ? both : 0,
        ]);
        await analysed(cube, (run) => {
          const labels = run.layers.edges.get('Ti-L')?.labels ?? new Int16Array();
          const middle = labels[14 * 28 + 14];
          const right = labels.filter((label, p) => (label === middle) === isInside(p)).length;
          if (right / labels.length > 0.95) kept++;
        });
      }
      yield {
        scans: `28 × 28, disc shifted by 1 eV, ${name}`,
        counted: 'discs that are a class',
        hits: kept,
        of: SEEDS,
        least: 0.9,
      };
    }
    const rows = [0.4, -0.1, 0.3, 0.35, 0, -0.5, -0.3, -0.3, 0.1, -0.05];
    for (const wide of [0.1, 0.3, 0.6]) {
      let inside = 0;
      for (let seed = 1; seed <= SEEDS; seed++) {
        const truth = Float64Array.from({ length: 400 }, (_, p) => rows[(Math.floor(p / 40) + seed) % 10]);
        const step = (ev: number) => 1 / (1 + Math.exp(-ev / wide));
        const cube: DetectorCube = {
          shape: [20, 20],
          energy: { offset: 50, dispersion: 0.3, units: 'eV' },
          channels: 1000,
          pattern: 0.01,
          seed,
          mean: (ev, p) =>
            9000 * ((ev - truth[p]) / 80) ** -2.5 +
            3000 * step(ev - truth[p] - 99.5) +
            25 * step(ev - truth[p] - 284),
        };
        inside += await analysed(cube, (run) => within(run, truth), { edges: 'Si-L,C-K', align: 'onset' });
      }
      yield {
        scans: `20 × 20, rows shifted in pairs, fixed pattern 1 %, onset ${wide} eV wide`,
        counted: 'pixels within 2 σ of the true shift',
        hits: inside,
        of: SEEDS * 400,
        least: 0.9,
      };
    }
  },
};
