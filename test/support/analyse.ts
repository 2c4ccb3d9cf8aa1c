import { type Edge, hasEnded } from '../../protocol/index.ts';
import { Monitor } from '../../server/pipeline/monitor.ts';
import { ANALYSIS_DEFAULTS, type AnalysisOptions } from '../../server/pipeline/options.ts';
import type { ScanRun } from '../../server/pipeline/scan-run.ts';
import type { Source } from '../../server/sources/source.ts';

/** A monitor as the commands make it. */
export function createMonitor(edges: Edge[], options: Partial<AnalysisOptions> = {}): Monitor {
  return new Monitor({ analysis: { ...ANALYSIS_DEFAULTS, edges, ...options }, version: 'test' });
}

/** Follows a source until its first scan shows its final maps. The caller closes the monitor. */
export async function followToEnd(monitor: Monitor, source: Source): Promise<ScanRun> {
  const stop = new AbortController();
  const finished = new Promise<ScanRun>((resolve) => {
    monitor.subscribe(() => {
      const { run } = monitor;
      if (run && hasEnded(run.status)) resolve(run);
    });
  });
  const followed = monitor.follow(source, stop.signal);
  const run = await Promise.race([finished, followed.then(() => finished)]);
  stop.abort();
  await followed;
  return run;
}

/** Every alert from now on, also those that others take the place of. */
export function saidBy(monitor: Monitor): string[] {
  const said: string[] = [];
  monitor.subscribe((change) => {
    if (change.type !== 'topic' || change.key !== 'alerts') return;
    for (const { message } of monitor.alerts) if (!said.includes(message)) said.push(message);
  });
  return said;
}

/** Every final map of a scan, by name, as bytes. */
export function mapBytes(run: ScanRun): Map<string, Buffer> {
  return new Map(
    run.layers.all.map(({ layer, data }) => [
      layer.name,
      Buffer.from(data.buffer, data.byteOffset, data.byteLength),
    ]),
  );
}
