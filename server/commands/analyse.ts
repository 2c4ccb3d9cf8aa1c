import { counted, InputError, type SumSpectrum } from '../../protocol/index.ts';
import type { Options } from '../config.ts';
import { Monitor } from '../pipeline/monitor.ts';
import type { ScanRun } from '../pipeline/scan-run.ts';
import { writeResults } from '../results.ts';
import { earlierResults, replaceResults } from '../results-folder.ts';
import { watchPath } from '../sources/folders/directory.ts';
import { withRescans } from '../sources/rescans/with-rescans.ts';
import type { Source } from '../sources/source.ts';
import { VERSION } from '../version.ts';
import { analysisOptions, fileOptions, folderOptions } from './analysis-options.ts';
import { Console } from './console.ts';
import { interruption } from './interruption.ts';
import { type OutputFolder, outputFolder } from './output-folder.ts';

/**
 * `eelwatch analyse <file> --out D`
 * @throws InputError when the file cannot be read, or D cannot be written
 */
export function analyse(path: string, options: Options, signal: AbortSignal): Promise<number> {
  const open = fileOptions(options);
  const file = watchPath(path, { once: true, ...folderOptions(options), ...open });
  return analyseSource(
    withRescans(file, options.rescan, { open, strict: true, edges: options.edges }),
    options,
    signal,
  );
}

/** Follows a source to its end without a dashboard, and writes the results to `--out`. */
export async function analyseSource(source: Source, options: Options, signal: AbortSignal): Promise<number> {
  const out = await resultsFolder(options);
  try {
    return await analyseInto(out.path, source, options, signal, (terminal) =>
      terminal.event('written', { out: options.out }),
    );
  } finally {
    await out.removeIfEmpty();
  }
}

/**
 * The folder that `--out` names, ready to be written.
 * @throws InputError where it cannot be written, or something else lies in the places of results
 */
export async function resultsFolder({
  out = '.',
  edges,
}: Pick<Options, 'out' | 'edges'>): Promise<OutputFolder> {
  const folder = await outputFolder('--out', out);
  try {
    await earlierResults(folder.path, names(edges));
    return folder;
  } catch (error) {
    await folder.removeIfEmpty();
    throw error;
  }
}

/**
 * Follows a source to its end without a dashboard.
 * @param out folder that takes the results
 * @param written called when they are there
 */
export async function analyseInto(
  out: string,
  source: Source,
  options: Options,
  signal: AbortSignal,
  written: (terminal: Console) => void = () => {},
): Promise<number> {
  const path = source.description;
  const terminal = new Console(options);
  const monitor = new Monitor({
    analysis: analysisOptions(options, false, (folder) => terminal.references(folder)),
    version: VERSION,
    onAlert: (alert) => terminal.alert(alert),
  });
  terminal.holdEnd();
  const unsubscribe = terminal.follow(monitor);
  try {
    await monitor.follow(source, signal);
    await Promise.race([monitor.settled(), interruption(signal)]);
    if (signal.aborted) throw new Error(`${path}: interrupted, nothing was written`);
    const { run } = monitor;
    const refusal = monitor.alerts.find(({ severity }) => severity === 'error');
    if (!run)
      throw refusal ? new Error(refusal.message) : new InputError(path, 'scan', 'expected one, found none');
    if (run.meter.spectra === 0)
      throw new InputError(path, 'spectra', 'expected at least one that is complete, found none');
    // A low loss by itself reaches no edge, and has its map of thickness.
    if (run.edges.length === 0 && !zeroLossOf(run)?.own) throw new Error(run.warnings.join('; '));
    await replaceResults(out, names(options.edges), (draft) => writeResults(draft, run, VERSION));
    sayLowLoss(terminal, run);
    sayPlan(terminal, run);
    terminal.releaseEnd();
    written(terminal);
    if (run.status === 'failed')
      throw new Error(`${path}: not all final maps could be made: ${refusal?.message ?? 'see the warnings'}`);
    if (run.plan?.isInResults && run.plan.plan.verdict === 'too-early')
      throw new Error(
        `${path}: no plan could be made: ${run.warnings.at(-1) ?? 'there is no model to plan by'}`,
      );
    return monitor.alerts.some(({ severity }) => severity === 'error') ? 1 : 0;
  } finally {
    unsubscribe();
    await monitor.close();
  }
}

const names = (edges: Options['edges']): string[] => edges.map(({ name }) => name);

function zeroLossOf(run: ScanRun): SumSpectrum['zeroLoss'] {
  const sum = run.topics.get('sum-spectrum');
  return sum?.type === 'sum-spectrum' ? sum.zeroLoss : undefined;
}

/** Says whether a rescan is worth its dose, and what it would take. */
function sayPlan(terminal: Console, run: ScanRun): void {
  const plan = run.plan?.plan;
  if (!plan || plan.verdict === 'too-early') return;
  const { verdict, words, regions, gain } = plan;
  if (regions.length === 0) {
    terminal.event('plan', { verdict, words });
    return;
  }
  const { seconds, percent } = plan.cost;
  const cost = `${seconds === undefined ? '' : `${seconds.toPrecision(3)} s, `}${percent.toPrecision(3)} % of the first pass`;
  const count = counted(regions.length, 'region');
  terminal.event(
    'plan',
    { verdict, words, regions: count, cost, gain: `${gain.toPrecision(3)} pixels put right` },
    [verdict, words, cost].join(' · '),
  );
}

/** Says which low loss was used and where its zero-loss peak lies. */
function sayLowLoss(terminal: Console, run: ScanRun): void {
  const zeroLoss = zeroLossOf(run);
  const from = run.lowLossFrom ?? (zeroLoss?.own ? 'the spectra themselves' : undefined);
  if (from === undefined) return;
  terminal.event('low-loss', {
    from,
    zeroLoss: zeroLoss ? `zero-loss peak at ${zeroLoss.position.toFixed(2)} eV` : 'no zero-loss peak',
  });
}
