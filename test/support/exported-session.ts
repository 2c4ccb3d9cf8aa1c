import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openScanFile } from '../../server/formats/formats.ts';
import { sessionFiles } from '../../server/sessions/session-files.ts';
import { SessionStore } from '../../server/sessions/session-store.ts';
import { RecordedScan } from '../../server/sources/recording/recorded-scan.ts';
import { CliRun } from './cli.ts';

const SHAPE: [number, number] = [12, 20];
/** Pixels of the last row that are never measured. */
const MISSING = 7;

export interface RecordedSession {
  folder: string;
  /** Results of the same spectra, all of them. */
  results: string;
  shape: [number, number];
  channels: number;
  missing: number;
}

/**
 * A simulated scan, analysed, and recorded as a session that holds the results: with HAADF and a low loss, and without the last
 * pixels.
 */
export async function recordSession(root: string): Promise<RecordedSession> {
  const results = join(root, 'results');
  await succeed(['simulate', root, '--shape', SHAPE.join(','), '--name', 'anode']);
  await succeed(['analyse', join(root, 'anode.rpl'), '--edges', 'Si-L,C-K', '--out', results]);
  const { scan } = await openScanFile(join(root, 'anode.rpl'));
  const store = new SessionStore({ root: join(root, 'sessions'), version: 'test' });
  const described = { ...scan, name: 'anode', dwellSeconds: 0.005 };
  const session = await store.open({ scan: described, order: 'raster', pass: 0 }, 'a test');
  const recorded = await RecordedScan.begin(session, 0, { report: () => {} });
  const count = SHAPE[0] * SHAPE[1] - MISSING;
  const samples = async (name: string, bytes: number) =>
    (await readFile(join(root, name))).subarray(0, count * bytes);
  const haadf = new Uint8Array(await samples('anode.haadf.raw', 4));
  await recorded.record({
    first: 0,
    count,
    core: await samples('anode.raw', 2 * scan.channels),
    lowLoss: await samples('anode.low-loss.raw', 2 * (scan.lowLoss?.channels ?? 0)),
    signals: [['HAADF', new Float32Array(haadf.buffer, 0, count)]],
  });
  await recorded.end('complete');
  await recorded.close();
  await cp(results, sessionFiles(session.folder).results, { recursive: true });
  return { folder: session.folder, results, shape: SHAPE, channels: scan.channels, missing: MISSING };
}

async function succeed(args: string[]): Promise<void> {
  const run = new CliRun(args);
  if ((await run.ended()) !== 0) throw new Error(run.stderr);
}
