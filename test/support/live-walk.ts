import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Edge } from '../../protocol/index.ts';
import { acquire } from '../../server/microscope/acquire.ts';
import { createRippleSink } from '../../server/microscope/ripple-sink.ts';
import { SimulatedScan } from '../../server/microscope/scan.ts';
import type { SimulationOptions } from '../../server/microscope/simulation-options.ts';
import { groundTruth, saveTruth } from '../../server/microscope/truth.ts';
import type { Monitor } from '../../server/pipeline/monitor.ts';
import type { AnalysisOptions } from '../../server/pipeline/options.ts';
import type { ScanRun } from '../../server/pipeline/scan-run.ts';
import { watchPath } from '../../server/sources/folders/directory.ts';
import { createMonitor } from './analyse.ts';

const POLL_MS = 50;
/** A microscope that waits to be judged on a busy machine is not gone. */
const PATIENT = { stallMs: 3_600_000, abortMs: 3_600_000 };

export interface LiveWalk {
  /** Holds the scan, `simulated-anode.rpl`, and its truth; emptied by the caller. */
  folder: string;
  scan: SimulationOptions & { shape: [number, number] };
  edges: Edge[];
  /** Rows after which the microscope waits until the live maps have been judged, ascending. */
  stops: number[];
  /** Sees the live maps at each stop, all rows placed and no fit under way, and at the end the final ones. */
  judge: (run: ScanRun, rows: number) => void | Promise<void>;
  options?: Partial<AnalysisOptions>;
}

/** A simulated scan, written as it grows and watched live. */
export async function walkLive({ folder, scan: of, edges, stops, judge, options }: LiveWalk): Promise<void> {
  const scan = new SimulatedScan(of);
  const [rows, columns] = of.shape;
  const stem = join(folder, 'simulated-anode');
  const monitor = createMonitor(edges, { ...options, live: true });
  const stop = new AbortController();
  const followed = monitor.follow(watchPath(folder, { times: PATIENT }), stop.signal);
  try {
    await saveTruth(`${stem}.truth`, scan, groundTruth(scan, edges));
    const sink = await createRippleSink(stem, scan, 0);
    await acquire(scan, {
      write: async (row, index, pass) => {
        if (pass === 0 && stops.includes(index))
          await judge(await until(monitor, (run) => placed(run, index * columns)), index);
        await sink.write(row, index, pass);
      },
      close: (status) => sink.close(status),
    });
    await judge(await until(monitor, ({ status }) => status === 'complete'), rows);
  } finally {
    stop.abort();
    await followed;
    await monitor.close();
  }
}

function placed(run: ScanRun, pixels: number): boolean {
  return (
    run.meter.spectra >= pixels &&
    run.edges.every(({ edge, analysed }) => {
      const state = run.topics.get(`edge/${edge.name}`);
      return analysed >= pixels && state?.type === 'edge' && ['live', 'collecting'].includes(state.status);
    })
  );
}

/** Waits for a state of the run that holds, twice running: a fit that is due begins right after the last placement. */
async function until(monitor: Monitor, holds: (run: ScanRun) => boolean): Promise<ScanRun> {
  for (let held = 0; ; await sleep(POLL_MS)) {
    const { run } = monitor;
    held = run && holds(run) ? held + 1 : 0;
    if (run && held >= 2) return run;
  }
}
