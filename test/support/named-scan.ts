import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EdgeState, parseEdges, type SumSpectrum } from '../../protocol/index.ts';
import { zeroLossWidth } from '../../server/analysis/low-loss/zero-loss-width.ts';
import type { ClassSpectrum } from '../../server/analysis/references/class-window.ts';
import type { ClassMatch } from '../../server/analysis/references/reference-match.ts';
import { decodeNpy } from '../../server/formats/numpy/numpy.ts';
import { PHASES } from '../../server/microscope/cross-sections.ts';
import { simulate } from '../../server/microscope/simulate.ts';
import { summedClasses } from '../../server/pipeline/names/class-naming.ts';
import type { AnalysisOptions } from '../../server/pipeline/options.ts';
import { builtInReferences } from '../../server/references/built-in.ts';
import { watchPath } from '../../server/sources/folders/directory.ts';
import { createMonitor, followToEnd } from './analyse.ts';

export interface JudgedClass {
  spectrum: ClassSpectrum;
  /** Phase that gives most of the edge's signal in most of the pixels that can be judged, and the share of those. */
  phase: string;
  share: number;
  /** What the pipeline says of the class. */
  match: ClassMatch;
}

export interface NamedScan {
  classes: JudgedClass[];
  /** FWHM of the zero-loss peak, eV. */
  fwhmEv: number;
  states: EdgeState[];
}

/** Simulates a scan of 96 × 96 pixels, analyses it, and compares the names of its classes with the truth. */
export async function namedScan(
  seed: number,
  dose: 'low' | 'default' | 'high' = 'default',
  options: Partial<AnalysisOptions> = {},
): Promise<NamedScan> {
  const folder = await mkdtemp(join(tmpdir(), 'eelwatch-names-'));
  const monitor = createMonitor(parseEdges('Si-L,C-K,O-K'), {
    live: false,
    references: builtInReferences(),
    ...options,
  });
  try {
    await simulate(folder, { shape: [96, 96], seed, dose });
    const stem = join(folder, 'simulated-anode');
    const run = await followToEnd(monitor, watchPath(`${stem}.rpl`, { once: true }));
    const sum = run.topics.get('sum-spectrum') as SumSpectrum;
    const classes: JudgedClass[] = [];
    for (const edge of run.edges) {
      const { data } = decodeNpy(await readFile(join(`${stem}.truth`, `${edge.edge.name}.npy`)));
      for (const spectrum of summedClasses(edge)) {
        const counts = new Map<number, number>();
        edge.maps.labels.forEach((label, pixel) => {
          const truth = Number(data[pixel]);
          // Pixels in which the edge cannot be detected say nothing about the phase.
          if (label === spectrum.label && truth >= 0) counts.set(truth, (counts.get(truth) ?? 0) + 1);
        });
        const [[phase, most]] = [...counts].sort((a, b) => b[1] - a[1]);
        const judged = [...counts.values()].reduce((a, b) => a + b, 0);
        const match = edge.matches.find(({ label }) => label === spectrum.label);
        if (!match) throw new Error(`${edge.edge.name} ${spectrum.label} was not compared`);
        classes.push({ spectrum, phase: PHASES[phase], share: most / judged, match });
      }
    }
    const states = run.edges.map(({ edge }) => run.topics.get(`edge/${edge.name}`) as EdgeState);
    return {
      classes,
      states,
      fwhmEv: (sum.lowLoss && zeroLossWidth(sum.lowLoss.counts, sum.lowLoss.energy)) ?? Number.NaN,
    };
  } finally {
    await monitor.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Whether a name says the phase: alone, or as one of two that overlap. */
export const says = ({ verdict, best }: ClassMatch, phase: string): boolean =>
  verdict === 'match' && best.phase.split(' + ').includes(phase);
