import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type PhaseTable, parseEdges, type SumSpectrum } from '../../protocol/index.ts';
import { zeroLossWidth } from '../../server/analysis/low-loss/zero-loss-width.ts';
import { decodeNpy } from '../../server/formats/numpy/numpy.ts';
import { PHASES, type Phase } from '../../server/microscope/cross-sections.ts';
import { simulate } from '../../server/microscope/simulate.ts';
import { classNames } from '../../server/pipeline/names/class-names.ts';
import { summedClasses } from '../../server/pipeline/names/class-naming.ts';
import { findNames } from '../../server/pipeline/names/name-finding.ts';
import { ANALYSIS_DEFAULTS, type AnalysisOptions } from '../../server/pipeline/options.ts';
import { type FoundPhaseMap, findPhases } from '../../server/pipeline/phases/phase-finding.ts';
import { shownPhases } from '../../server/pipeline/phases/phase-topic.ts';
import type { ScanRun } from '../../server/pipeline/scan-run.ts';
import { builtInReferences } from '../../server/references/built-in.ts';
import { watchPath } from '../../server/sources/folders/directory.ts';
import { adjustedRandIndex } from './agreement.ts';
import { createMonitor, followToEnd } from './analyse.ts';

/** Pixels of at least this share of one phase are judged. */
const PURE = 0.85;

/** What the simulated specimen is made of: index into PHASES by pixel, −1 for vacuum, and the share of that phase. */
interface Truth {
  phase: ArrayLike<number>;
  purity: ArrayLike<number>;
}

export interface PhaseScan {
  truth: Truth;
  /** As the pipeline has it. */
  found: FoundPhaseMap;
  /** The same with classes named without the references of one phase. */
  without(removed: string): FoundPhaseMap;
}

/** Simulates a scan, analyses it, and gives its phase map with the truth. */
export async function phaseScan(
  seed: number,
  side: number,
  options: Partial<AnalysisOptions> = {},
): Promise<PhaseScan> {
  const folder = await mkdtemp(join(tmpdir(), 'eelwatch-phases-'));
  const references = builtInReferences();
  const monitor = createMonitor(parseEdges('Si-L,C-K,O-K'), { live: false, references, ...options });
  try {
    await simulate(folder, { shape: [side, side], seed, dose: 'default' });
    const stem = join(folder, 'simulated-anode');
    const run = await followToEnd(monitor, watchPath(`${stem}.rpl`, { once: true }));
    const truth = async (name: string) =>
      decodeNpy(await readFile(join(`${stem}.truth`, `${name}.npy`))).data as ArrayLike<number>;
    const table = shownPhases(run);
    if (!table) throw new Error('expected a phase map, found none');
    return {
      truth: { phase: await truth('phase'), purity: await truth('purity') },
      found: { map: run.layers.ofScan('phases').slice(), table },
      without: (removed) =>
        renamed(
          run,
          references.filter(({ phase }) => phase !== removed),
        ),
    };
  } finally {
    await monitor.close();
    await rm(folder, { recursive: true, force: true });
  }
}

function renamed(
  { edges, scan, topics }: ScanRun,
  references: ReturnType<typeof builtInReferences>,
): FoundPhaseMap {
  const { lowLoss } = topics.get('sum-spectrum') as SumSpectrum;
  const fwhmEv = lowLoss && zeroLossWidth(lowLoss.counts, lowLoss.energy);
  const { seed, calibrationSigmaEv } = ANALYSIS_DEFAULTS;
  const matches = findNames({
    edges: edges.map((run) => ({ name: run.edge.name, classes: summedClasses(run), ...run.maps })),
    references,
    options: { seed, calibrationSigmaEv, ...(fwhmEv !== undefined && { fwhmEv }) },
  });
  const namesOf = (edge: string) => classNames({ matches: matches.filter((match) => match.edge === edge) });
  return findPhases({
    shape: scan.shape,
    edges: edges.map(({ edge: { name }, maps }) => ({ ...maps, name, names: namesOf(name) })),
  });
}

const nameAt = ({ phases }: PhaseTable, number: number): string => phases[number]?.name ?? '';

export interface PhaseScore {
  /** Adjusted Rand index over the judged pixels, vacuum and absence included. */
  ari: number;
  /** Share in % of each phase, of the truth and as found: over the judged pixels, and over all. */
  judged: Record<string, [truth: number, found: number]>;
  all: Record<string, [truth: number, found: number]>;
}

/** How well a phase map agrees with the truth. */
export function scorePhases({ map, table }: FoundPhaseMap, { phase, purity }: Truth): PhaseScore {
  const every = Array.from(map.keys());
  const pure = every.filter((pixel) => purity[pixel] >= PURE);
  const shares = (pixels: readonly number[]) => {
    const inTruth = pixels.filter((pixel) => phase[pixel] >= 0);
    const inMap = pixels.filter((pixel) => map[pixel] >= 0);
    return Object.fromEntries(
      PHASES.map((name, index): [string, [number, number]] => [
        name,
        [
          (100 * inTruth.filter((pixel) => phase[pixel] === index).length) / inTruth.length,
          (100 * inMap.filter((pixel) => nameAt(table, map[pixel]) === name).length) / inMap.length,
        ],
      ]),
    );
  };
  return {
    ari: adjustedRandIndex(
      pure.map((pixel) => map[pixel]),
      pure.map((pixel) => phase[pixel]),
    ),
    judged: shares(pure),
    all: shares(every),
  };
}

/** What becomes of the judged pixels of a phase: shares of those without a name, with its own, and with that of another phase. */
export function becomes(
  { map, table }: FoundPhaseMap,
  { phase, purity }: Truth,
  name: Phase,
): { unnamed: number; own: number; another: number } {
  const index = PHASES.indexOf(name);
  const own = Array.from(map.keys()).filter((pixel) => phase[pixel] === index && purity[pixel] >= PURE);
  const share = (is: (number: number) => boolean) =>
    own.filter((pixel) => map[pixel] >= 0 && is(map[pixel])).length / own.length;
  const isNamed = (number: number) => table.phases[number].isNamed;
  const isOwn = (number: number) => isNamed(number) && nameAt(table, number).split(' + ').includes(name);
  return {
    unnamed: share((number) => !isNamed(number)),
    own: share(isOwn),
    another: share((number) => isNamed(number) && !isOwn(number)),
  };
}
