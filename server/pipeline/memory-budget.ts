import { totalmem } from 'node:os';
import { BYTES_PER_SAMPLE, counted, InputError, pixelCount, type Scan } from '../../protocol/index.ts';
import type { Patch } from '../formats/cube.ts';
import { helpersOf } from './fit/helper-count.ts';
import type { AnalysisOptions } from './options.ts';

const MB = 1e6;
/** The program, its threads, their code, and tables of fixed size. */
const BASE_BYTES = 250 * MB;
const BASE_BYTES_PER_EDGE = 40 * MB;
/** A thread that helps with fits: 28 MB more were seen for each at 256², 36 at 512². */
const BYTES_PER_HELPER = 30 * MB;
const BYTES_PER_PIXEL_AND_HELPER = 30;
/** Maps and data of fits, per pixel: 1.07 GB at 1024² and three edges, where a pushed scan was seen to take 1.05. */
const BYTES_PER_PIXEL = 40;
const BYTES_PER_PIXEL_AND_EDGE = 232;
const BYTES_PER_PIXEL_AND_PAIR = 8;
/** A scalar signal: its map, its mean over the passes and the number of these, and what records and sends it. */
const BYTES_PER_PIXEL_AND_SCALAR = 16;
/** The planner's thread, its maps, and what it holds of every pixel. */
const PLANNER_BYTES = 40 * MB;
const PLANNER_BYTES_PER_PIXEL = 80;

/**
 * Registering the first rescan, and holding exposures against each other: 50 MB more were seen at 128² × 512 channels, 76 at 256², which is also
 * what is kept of a pixel: 12 bytes of exposures, 20 in the comparison at the end, 12 of each edge.
 */
const RESCANS_BYTES = 55 * MB;
const RESCANS_BYTES_PER_PIXEL = 32;
const RESCANS_BYTES_PER_PIXEL_AND_EDGE = 12;
/** Room that a thread reads a rescan into, however large the rescan is: 9 to 17 MB more were seen for each with two and three threads. */
const MOST_BYTES_PER_RESCAN_AND_THREAD = 6 * MB;

/** Share of the machine's memory an analysis may take by default. */
const DEFAULT_SHARE = 0.75;

type Analysed = Pick<AnalysisOptions, 'edges' | 'threads' | 'memory' | 'plan'>;

/**
 * Most memory of an analysis, bytes; spectra stay in their files.
 * @param rescans that are added to the scan
 */
export function memoryNeed(
  scan: Pick<Scan, 'shape'>,
  options: Analysed,
  rescans: readonly Patch[] = [],
): number {
  const edges = options.edges.length;
  const pairs = (edges * (edges - 1)) / 2;
  const perPixel = BYTES_PER_PIXEL + edges * BYTES_PER_PIXEL_AND_EDGE + pairs * BYTES_PER_PIXEL_AND_PAIR;
  const perHelper = BYTES_PER_HELPER + pixelCount(scan) * BYTES_PER_PIXEL_AND_HELPER;
  const perEdge = BASE_BYTES_PER_EDGE + helpersOf(scan, options) * perHelper;
  const planner = options.plan ? PLANNER_BYTES + pixelCount(scan) * PLANNER_BYTES_PER_PIXEL : 0;
  return (
    BASE_BYTES + edges * perEdge + pixelCount(scan) * perPixel + planner + rescanNeed(scan, edges, rescans)
  );
}

function rescanNeed(scan: Pick<Scan, 'shape'>, edges: number, rescans: readonly Patch[]): number {
  if (rescans.length === 0) return 0;
  const perPixel = RESCANS_BYTES_PER_PIXEL + edges * RESCANS_BYTES_PER_PIXEL_AND_EDGE;
  // One thread for each edge, and the survey's.
  const read = rescans.reduce((sum, { cube: { shape, channels, dtype } }) => {
    const bytes = shape[0] * shape[1] * channels * BYTES_PER_SAMPLE[dtype];
    return sum + (edges + 1) * Math.min(bytes, MOST_BYTES_PER_RESCAN_AND_THREAD);
  }, 0);
  return RESCANS_BYTES + pixelCount(scan) * perPixel + read;
}

/**
 * Checks a scan against the budget before anything is allocated for it.
 * @param rescans that are added to it
 * @throws InputError with the memory that is needed
 */
export function checkMemory(scan: Scan, options: Analysed, rescans: readonly Patch[] = []): void {
  const added = ` with ${counted(rescans.length, 'rescan')}`;
  const found = analysedText(scan, options) + (rescans.length > 0 ? added : '');
  refuseAbove(scan, options, memoryNeed(scan, options, rescans), found);
}

/**
 * Checks the scalar signals of a scan (HAADF …) against what the scan leaves of the budget (all of it where the scan is
 * too large to be analysed), before anything is allocated for them.
 * @param scalars how many there are, new ones among them
 * @throws InputError with the memory that is needed
 */
export function checkScalars(scan: Scan, options: Analysed, scalars: number): void {
  const analysis = memoryNeed(scan, options);
  const isAnalysed = analysis <= budgetBytes(options);
  const need = (isAnalysed ? analysis : 0) + scalars * pixelCount(scan) * BYTES_PER_PIXEL_AND_SCALAR;
  const signals = counted(scalars, 'scalar signal');
  refuseAbove(scan, options, need, `${analysedText(scan, options)} with ${signals}`);
}

/** Whether the budget is enough for the analyses of several scans at the same time. */
export const fitTogether = (scans: readonly Scan[], options: Analysed): boolean =>
  scans.reduce((sum, scan) => sum + memoryNeed(scan, options), 0) <= budgetBytes(options);

const budgetBytes = ({ memory }: Analysed): number =>
  memory === undefined ? DEFAULT_SHARE * totalmem() : memory * MB;

const analysedText = ({ shape: [rows, columns] }: Scan, { edges }: Analysed): string =>
  `${rows} × ${columns} pixels and ${counted(edges.length, 'edge')}`;

function refuseAbove(scan: Scan, options: Analysed, need: number, found: string): void {
  const budget = budgetBytes(options);
  if (need <= budget) return;
  throw new InputError(
    scan.name,
    'memory',
    `expected a scan that ${Math.floor(budget / MB)} MB are enough for (--memory), found ${found}, which need ${Math.ceil(need / MB)} MB`,
  );
}
