import { edgeAt, hasEnded, type Scan } from '../../protocol/index.ts';
import { Monitor } from '../../server/pipeline/monitor.ts';
import { ANALYSIS_DEFAULTS } from '../../server/pipeline/options.ts';
import { SessionKeeper } from '../../server/session-keeper.ts';
import type { ScanDescription } from '../../server/sessions/scan-description.ts';
import { SessionStore } from '../../server/sessions/session-store.ts';
import { Recorder } from '../../server/sources/recording/recorder.ts';
import { mapBytes } from './analyse.ts';
import type { SessionOfTest } from './recorded-session.ts';
import { AXIS, CHANNELS } from './synthetic-cube.ts';
import { texturedRows } from './textured-specimen.ts';

const SHAPE: [number, number] = [20, 24];
/** The part that is scanned again, with twice the dwell. */
export const REGION = { y: 5, x: 8, height: 9, width: 10, dwells: 2 };

export interface RescannedSession extends SessionOfTest {
  /** Every map before the rescan was added, by name. */
  before: Map<string, Buffer>;
}

/** Records a scan and a rescan of a part of it, and follows both as `listen` does. */
export async function recordRescanned(root: string): Promise<RescannedSession> {
  const store = new SessionStore({ root, version: 'test' });
  const scan: Scan = {
    id: 'anode',
    name: 'anode',
    shape: SHAPE,
    channels: CHANNELS,
    energy: AXIS,
    dtype: 'f32',
    simulated: true,
  };
  const recorder = new Recorder({ store, description: 'a test' });
  const sender = { isOpen: true, replaced: () => {}, acknowledge: () => {}, failed: () => {} };
  const keeper = new SessionKeeper({ version: 'test', options: {}, alert: () => {}, cleared: () => {} });
  const kept: Map<string, Buffer>[] = [];
  let wake = () => {};
  const monitor: Monitor = new Monitor({
    analysis: { ...ANALYSIS_DEFAULTS, edges: [edgeAt('Ti-L', 456)], live: true },
    version: 'test',
    onFinal: async (run) => {
      await keeper.keep(run);
      // Copies: the maps of before live in the memory of those that follow.
      kept.push(new Map([...mapBytes(run)].map(([name, bytes]) => [name, Buffer.from(bytes)])));
      wake();
    },
  });
  const unfollow = keeper.follow(monitor);
  const stop = new AbortController();
  const followed = monitor.follow(keeper.notes(recorder), stop.signal);
  const untilKept = async (count: number) => {
    while (kept.length < count)
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
  };
  const push = async (description: ScanDescription, rows: Uint8Array[]) => {
    const recording = await recorder.open(description, sender);
    const columns = description.scan.shape[1];
    for (const [row, core] of rows.entries())
      await recording.record({ first: row * columns, count: columns, core, signals: [] });
    await recording.end('complete');
    recorder.ended(recording, 'complete');
  };
  try {
    await push(
      { scan, order: 'raster', pass: 0 },
      texturedRows({ y: 0, x: 0, height: SHAPE[0], width: SHAPE[1] }, 60, 1),
    );
    await untilKept(1);
    const { height, width, dwells } = REGION;
    const again: Scan = {
      ...scan,
      id: 'again',
      name: 'again',
      shape: [height, width],
      region: { parentId: 'anode', ...REGION },
    };
    await push({ scan: again, order: 'raster', pass: 0 }, texturedRows(REGION, 60 * dwells, 2));
    await untilKept(2);
    const folder = monitor.run?.session;
    if (folder === undefined || !hasEnded(monitor.run?.status ?? 'live')) throw new Error('no session');
    return { folder, before: kept[0], final: kept[1] };
  } finally {
    stop.abort();
    await followed;
    unfollow();
    await recorder.close();
    await keeper.close();
    await monitor.close();
  }
}
