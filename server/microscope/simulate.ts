import { join } from 'node:path';
import { InputError, parseEdges } from '../../protocol/index.ts';
import { type AcquireOptions, acquire, type RowSink } from './acquire.ts';
import { createIngestSink } from './ingest-sink.ts';
import { createRippleSink } from './ripple-sink.ts';
import { SimulatedScan } from './scan.ts';
import type { SimulationOptions } from './simulation-options.ts';
import { groundTruth, saveTruth, TRUTH_EDGES } from './truth.ts';

/** Of a scan that nobody named. */
export const DEFAULT_NAME = 'simulated-anode';

/** Whether a target is an address instead of a directory. */
export const isIngestAddress = (target: string): boolean => /^wss?:\/\//i.test(target);

export interface SimulateOptions extends SimulationOptions, Omit<AcquireOptions, 'signal'> {
  /** Stem of the files, or the scan's name on the wire; default DEFAULT_NAME. */
  name?: string;
  /** Identity of the scan on the wire; the default holds the time, so that every run is a scan of its own. */
  id?: string;
  /** Edges of the ground truth as in `--edges`, default Si-L,C-K,O-K. */
  edges?: string;
  /** Called once the specimen is computed, which takes seconds without a pause, and before the first row. */
  onPrepared?: () => void;
}

/**
 * The command `eelwatch simulate`: acquires a simulated scan into a directory (with its ground truth beside it, in
 * `<name>.truth/`) or pushes it to an `/ingest` address.
 * @param target a directory, which is created where it is missing, or ws:// or wss:// …/ingest
 * @returns whether the scan was completed
 * @throws InputError for a target of another kind
 */
export async function simulate(
  target: string,
  options: SimulateOptions = {},
  signal?: AbortSignal,
): Promise<boolean> {
  const { name = DEFAULT_NAME, edges = TRUTH_EDGES, onPrepared, onProgress } = options;
  const dwellSeconds = (options.dwellSeconds ?? 0) * (options.firstDwell ?? 1);
  if (/^[a-z0-9.+-]+:\/\//i.test(target) && !isIngestAddress(target))
    throw new InputError('simulate', 'target', `expected a directory or ws://…/ingest, found "${target}"`);
  const scan = new SimulatedScan(options);
  const sink = await (isIngestAddress(target) ? openIngest() : openFiles());
  return acquire(scan, sink, {
    dwellSeconds,
    ...(signal ? { signal } : {}),
    ...(onProgress ? { onProgress } : {}),
  });

  function openIngest(): Promise<RowSink> {
    onPrepared?.();
    const id = options.id ?? newScanId(name);
    return createIngestSink(target, scan, { id, name, dwellSeconds, ...(signal ? { signal } : {}) });
  }

  async function openFiles(): Promise<RowSink> {
    const stem = join(target, name);
    const truth = groundTruth(scan, parseEdges(edges));
    onPrepared?.();
    await saveTruth(`${stem}.truth`, scan, truth);
    return createRippleSink(stem, scan, dwellSeconds);
  }
}

/** Holds the time, so that every run is a scan of its own. */
export const newScanId = (name: string): string => `${name}-${new Date().toISOString()}`;
