import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Options } from '../config.ts';
import { simulate } from '../microscope/simulate.ts';
import { SessionStore } from '../sessions/session-store.ts';
import { FileRecorder } from '../sources/file-sessions/file-recorder.ts';
import { watchPath } from '../sources/folders/directory.ts';
import { VERSION } from '../version.ts';
import { Console } from './console.ts';
import { serve } from './serve.ts';
import { simulationOptions } from './simulation-options.ts';

/** Seconds per pixel: the default scan of 128 × 128 takes under three minutes. */
const DEMO_DWELL = 0.01;

/**
 * `eelwatch demo`: a simulated microscope writes real files into a directory that is watched and recorded like any other. All of it is
 * temporary.
 */
export async function demo(options: Options, signal: AbortSignal): Promise<number> {
  const root = await mkdtemp(join(tmpdir(), 'eelwatch-demo-'));
  const directory = join(root, 'scans');
  const store = new SessionStore({ root: join(root, 'sessions'), version: VERSION });
  let acquisition: Promise<unknown> = Promise.resolve();
  const stop = new AbortController();
  signal.addEventListener('abort', () => stop.abort(), { once: true });
  try {
    await mkdir(directory);
    const source = new FileRecorder(watchPath(directory, {}), { store, options: {} });
    return await serve({ source, options, signal, store }, () => {
      acquisition = simulate(directory, simulationOptions(options, DEMO_DWELL), stop.signal).catch(
        (error: unknown) => {
          const message = `simulated microscope: ${String(error)}`;
          new Console(options).alert({ id: 'microscope', severity: 'error', message, at: Date.now() });
        },
      );
    });
  } finally {
    stop.abort();
    await acquisition;
    await rm(root, { recursive: true, force: true });
  }
}
