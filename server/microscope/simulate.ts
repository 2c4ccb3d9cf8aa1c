import { join } from 'node:path';
import { InputError, parseEdges } from '../../protocol/index.ts';
import { type AcquireOptions, acquire, type RowSink } from './acquire.ts';
import { createIngestSink } from './ingest-sink.ts';
import { createRippleSink } from './ripple-sink.ts';
import { SimulatedScan } from './scan.ts';
import type { SimulationOptions } from './simulation-options.ts';
import { groundTruth, saveTruth, TRUTH_EDGES } from './truth.ts';

export interface SimulateOptions extends SimulationOptions, Omit<AcquireOptions, 'signal'> {
  /** Stem of the files, or the scan's name on the wire; default `simulated-anode`. */
  name?: string;
  /** Identity of the scan on the wire; the default holds the time, so that every run is a scan of its own. */
  id?: string;
  /** Edges of the ground truth as in `--edges`, default Si-L,C-K,O-K. */
  edges?: string;
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
  const { name = 'simulated-anode', edges = TRUTH_EDGES, dwellSeconds = 0, onProgress } = options;
  if (/^[a-z0-9.+-]+:\/\//i.test(target) && !/^wss?:\/\//i.test(target))
    throw new InputError('simulate', 'target', `expected a directory or ws://…/ingest, found "${target}"`);
  const scan = new SimulatedScan(options);
  const sink = await (/^wss?:\/\//i.test(target) ? openIngest() : openFiles());
  return acquire(scan, sink, {
    dwellSeconds,
    ...(signal ? { signal } : {}),
    ...(onProgress ? { onProgress } : {}),
  });

  function openIngest(): Promise<RowSink> {
    const id = options.id ?? `${name}-${new Date().toISOString()}`;
    return createIngestSink(target, scan, { id, name, dwellSeconds, ...(signal ? { signal } : {}) });
  }

  async function openFiles(): Promise<RowSink> {
    const stem = join(target, name);
    await saveTruth(`${stem}.truth`, scan, groundTruth(scan, parseEdges(edges)));
    return createRippleSink(stem, scan, dwellSeconds);
  }
}
