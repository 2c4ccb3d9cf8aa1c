import { setTimeout as wait } from 'node:timers/promises';
import { edgeAt, pixelCount, type Scan } from '../../protocol/index.ts';
import { Monitor } from '../../server/pipeline/monitor.ts';
import { ANALYSIS_DEFAULTS } from '../../server/pipeline/options.ts';
import type { PlanOptions } from '../../server/pipeline/planner/plan-options.ts';
import { SessionKeeper } from '../../server/session-keeper.ts';
import { SessionStore } from '../../server/sessions/session-store.ts';
import { RecordedScan } from '../../server/sources/recording/recorded-scan.ts';
import type { Source, SourceEvent } from '../../server/sources/source.ts';
import { mapBytes } from './analyse.ts';
import { AXIS, CHANNELS, normals, spectrum } from './synthetic-cube.ts';

export interface SessionOfTest {
  folder: string;
  /** Every map that was shown in the end, by name. */
  final: Map<string, Buffer>;
}

const VERSION = 'test';

/** Records a scan with the Ti-L edge in two strengths, a row at a time, and follows it as `listen` does. */
export async function recordSession(
  root: string,
  {
    shape = [24, 16] as [number, number],
    rowMs = 60,
    name = 'anode',
    note = '',
    plan = undefined as PlanOptions | undefined,
  } = {},
): Promise<SessionOfTest> {
  const store = new SessionStore({ root, version: VERSION });
  const scan: Scan = {
    id: name,
    name,
    shape,
    channels: CHANNELS,
    energy: AXIS,
    dtype: 'f32',
    simulated: true,
  };
  const session = await store.open({ scan, order: 'raster', pass: 0 }, 'a test');
  const events: SourceEvent[] = [];
  const recorded = await RecordedScan.begin(session, 0, { report: (event) => events.push(event) });
  const keeper = new SessionKeeper({ version: VERSION, options: {}, alert: () => {}, cleared: () => {} });
  const [, columns] = shape;
  const normal = normals(5);
  const source: Source = {
    description: 'a test',
    async *events() {
      yield* events.splice(0);
      for (let first = 0; first < pixelCount(scan); first += columns) {
        const samples = new Float32Array(columns * CHANNELS);
        for (let column = 0; column < columns; column++)
          samples.set(spectrum(normal, { jump: column < columns / 2 ? 2 : 1 }), column * CHANNELS);
        await recorded.record({
          first,
          count: columns,
          core: new Uint8Array(samples.buffer),
          signals: [['HAADF', Float32Array.from({ length: columns }, (_, i) => first + i)]],
        });
        yield* events.splice(0);
        if (note !== '' && first === columns) await monitor.command({ type: 'annotate', text: note });
        await wait(rowMs);
      }
      await recorded.end('complete');
      yield* events.splice(0);
    },
  };
  let final: Map<string, Buffer> | undefined;
  const monitor: Monitor = new Monitor({
    analysis: { ...ANALYSIS_DEFAULTS, edges: [edgeAt('Ti-L', 456)], live: true, ...(plan && { plan }) },
    version: VERSION,
    onFinal: async (run) => {
      await keeper.keep(run);
      final = mapBytes(run);
    },
    onCommand: (command) => keeper.noteAction(command),
  });
  const unfollow = keeper.follow(monitor);
  try {
    await monitor.follow(keeper.notes(source), new AbortController().signal);
    await monitor.settled();
    // The operator's yes to what is proposed in the end, or to a corner.
    const proposed = monitor.run?.plan?.plan.regions.map(
      ({ number: _, seconds: _s, gain: _g, reason: _r, ...own }) => own,
    );
    const corner = { y: 0, x: 0, height: 2, width: 3, dwells: 1 };
    if (proposed)
      await monitor.command({
        type: 'accept-plan',
        epoch: monitor.scan?.epoch ?? 0,
        rectangles: proposed.length > 0 ? proposed : [corner],
      });
  } finally {
    unfollow();
    await keeper.close();
    await recorded.close();
    await monitor.close();
  }
  if (!final) throw new Error('no final maps');
  return { folder: session.folder, final };
}
