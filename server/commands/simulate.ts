import { readFile } from 'node:fs/promises';
import { counted, DEFAULT_BUDGET, InputError } from '../../protocol/index.ts';
import { type Options, UsageError } from '../config.ts';
import { type AdaptiveEvent, acquireAdaptively } from '../microscope/adaptive.ts';
import { simulateRescans } from '../microscope/rescan-files.ts';
import {
  DEFAULT_NAME,
  isIngestAddress,
  newScanId,
  type SimulateOptions,
  simulate,
} from '../microscope/simulate.ts';
import { parsePlanFile } from '../planning/read-plan.ts';
import { Console } from './console.ts';
import { outputFolder } from './output-folder.ts';
import { rescanConditions, simulationOptions } from './simulation-options.ts';

/** Share of the dose that an adaptive acquisition begins with. */
const FIRST_DWELL = 0.25;

/**
 * `eelwatch simulate <directory|ws://…/ingest>`
 * @param onPrepared called when scanning begins: an interrupt before has nothing to keep
 */
export async function simulateCommand(
  target: string,
  options: Options,
  signal: AbortSignal,
  onPrepared: () => void = () => {},
): Promise<number> {
  const terminal = new Console(options);
  const simulation = { ...simulationOptions(options, 0), onPrepared };
  if (options.adaptive) return adaptive(target, options, simulation, terminal, signal);
  if (options.regions !== undefined)
    return rescans(target, options.regions, options, simulation, terminal, signal);
  await checkTarget(target);
  terminal.event('simulating', { target });
  const complete = await simulate(target, simulation, signal);
  terminal.event(complete ? 'done' : 'interrupted', { target });
  return complete ? 0 : 1;
}

/** @throws InputError where a directory cannot be written */
async function checkTarget(target: string): Promise<void> {
  // Addresses of other kinds are refused by the microscope, which knows them.
  if (!target.includes('://')) await outputFolder('simulate', target);
}

/** Scans, asks, and scans again what the operator has accepted. */
async function adaptive(
  target: string,
  options: Options,
  simulation: SimulateOptions,
  terminal: Console,
  signal: AbortSignal,
): Promise<number> {
  if (!isIngestAddress(target))
    throw new UsageError(`simulate: --adaptive: expected ws://…/ingest, found "${target}"`);
  const name = options.name ?? DEFAULT_NAME;
  terminal.event('simulating', { target });
  const complete = await acquireAdaptively(
    target,
    {
      firstDwell: FIRST_DWELL,
      ...simulation,
      ...rescanConditions(options),
      id: newScanId(name),
      name,
      budget: options.budget ?? DEFAULT_BUDGET,
      ...(options.patience !== undefined && { patienceSeconds: options.patience }),
      onEvent: (event) => tell(terminal, event),
      onProgress: ({ spectra, totalSpectra }) => terminal.written(spectra, totalSpectra),
    },
    signal,
  );
  if (!complete) terminal.event('interrupted', { target });
  return complete ? 0 : 1;
}

function tell(terminal: Console, happened: AdaptiveEvent): void {
  const { event, ...fields } = happened;
  const shown: Record<string, unknown> = { ...fields };
  if ('region' in fields) {
    const { y, x, height, width, dwells = 1 } = fields.region;
    shown['region'] = { y, x, height, width, dwells };
  }
  terminal.event(event, shown, wordsOf(happened));
}

function wordsOf(event: AdaptiveEvent): string {
  switch (event.event) {
    case 'first pass':
      return `${counted(event.spectra, 'spectrum', 'spectra')} · ${event.id}`;
    case 'rescan': {
      const { y, x, height, width, dwells = 1 } = event.region;
      const place = `${height} × ${width} pixels at row ${y}, column ${x}, dwells ${dwells}`;
      return `of plan ${event.plan} · ${place} · ${rounded(event.spent)} of ${rounded(event.budget)} pixel-dwells`;
    }
    case 'end':
      return `${event.words} · ${counted(event.rescans, 'rescan')}, ${rounded(event.spent)} pixel-dwells`;
    default:
      return event.words;
  }
}

const rounded = (value: number): number => Math.round(10 * value) / 10;

/** Writes rescans of the regions of a plan as files, and says how to have them analysed. */
async function rescans(
  target: string,
  path: string,
  options: Options,
  simulation: SimulateOptions,
  terminal: Console,
  signal: AbortSignal,
): Promise<number> {
  if (isIngestAddress(target))
    throw new UsageError('simulate: --regions: expected a directory; --adaptive is for ws://…/ingest');
  const text = await readFile(path, 'utf8').catch((cause) => {
    throw new InputError(path, 'file', `expected a plan.json that can be read (${cause.message})`, { cause });
  });
  const { plan, scan } = parsePlanFile(text, path);
  const shape = simulation.shape ?? scan.shape;
  if (shape[0] !== scan.shape[0] || shape[1] !== scan.shape[1])
    throw new InputError(path, 'scan.shape', `expected --shape ${shape}, found ${scan.shape}`);
  await checkTarget(target);
  terminal.event('simulating', { target });
  const conditions = rescanConditions(options);
  const files = await simulateRescans(target, plan.regions, { ...simulation, shape, ...conditions }, signal);
  for (const { path: file, rectangle } of files)
    terminal.event('rescan', {
      option: `--rescan ${quoted(`${file}@${rectangle.y},${rectangle.x},${rectangle.dwells}`)}`,
    });
  const complete = files.length === plan.regions.length;
  terminal.event(complete ? 'done' : 'interrupted', { target });
  return complete ? 0 : 1;
}

/** As a shell takes it for one word. */
const quoted = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
