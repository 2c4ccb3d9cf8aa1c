import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Options } from '../config.ts';
import { simulate } from '../microscope/simulate.ts';
import { watchPath } from '../sources/directory.ts';
import { serve } from './serve.ts';
import { simulationOptions } from './simulation-options.ts';

/** Seconds per pixel: the default scan of 128 × 128 takes under three minutes. */
const DEMO_DWELL = 0.01;

/** `eelwatch demo`: a simulated microscope writes real files into a directory that is watched like any other. */
export async function demo(options: Options, signal: AbortSignal): Promise<number> {
  const directory = await mkdtemp(join(tmpdir(), 'eelwatch-demo-'));
  let acquisition: Promise<unknown> = Promise.resolve();
  const stop = new AbortController();
  signal.addEventListener('abort', () => stop.abort(), { once: true });
  try {
    return await serve({ source: watchPath(directory, {}), options, signal }, () => {
      acquisition = simulate(directory, simulationOptions(options, DEMO_DWELL), stop.signal).catch(
        (error: unknown) => {
          process.stderr.write(`eelwatch: simulated microscope: ${String(error)}\n`);
        },
      );
    });
  } finally {
    stop.abort();
    await acquisition;
    await rm(directory, { recursive: true, force: true });
  }
}
