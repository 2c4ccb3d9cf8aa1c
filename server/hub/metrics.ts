import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Counter, Gauge, Registry } from 'prom-client';
import type { Progress } from '../../protocol/index.ts';
import type { LiveState } from '../pipeline/live-state.ts';
import type { Hub } from './hub.ts';

/** What Prometheus is told; `close` stops the measurement of the event loop. */
export interface Metrics {
  readonly registry: Registry;
  close(): void;
}

const progressOf = (state: LiveState): Progress | undefined => {
  const topic = state.topics.get('progress');
  return topic?.type === 'progress' ? topic : undefined;
};

export function createMetrics(state: LiveState, hub: Hub): Metrics {
  const registry = new Registry();
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  const registers = [registry];

  /** Spectra of the scans before the present one. */
  let before = 0;
  let current: Progress | undefined;
  const unsubscribe = state.subscribe((change) => {
    const progress = change.type === 'topic' && change.key === 'progress' ? progressOf(state) : undefined;
    if (!progress) return;
    if (current && current.epoch !== progress.epoch) before += current.spectra;
    current = progress;
  });
  new Counter({
    name: 'eelwatch_spectra_total',
    help: 'Spectra recorded since the start of the monitor.',
    registers,
    collect() {
      this.reset();
      this.inc(before + (progressOf(state)?.spectra ?? 0));
    },
  });

  const gauge = (name: string, help: string, value: () => number | undefined) =>
    new Gauge({
      name: `eelwatch_${name}`,
      help,
      registers,
      collect() {
        this.set(value() ?? 0);
      },
    });
  gauge('spectra_per_second', 'Recent rate of spectra.', () => progressOf(state)?.rate);
  gauge('backlog_spectra', 'Spectra seen but not analysed yet.', () => progressOf(state)?.backlog);
  gauge('connections', 'Dashboards connected.', () => hub.connections);
  gauge('most_unsent_bytes', 'Bytes waiting for the slowest dashboard.', () => hub.mostUnsentBytes);
  gauge('resident_memory_bytes', 'Resident memory of the monitor.', () => process.memoryUsage.rss());
  new Counter({
    name: 'eelwatch_skipped_pictures_total',
    help: 'Pictures left out for dashboards that were too slow; the data are complete.',
    registers,
    collect() {
      this.reset();
      this.inc(hub.skippedPictures);
    },
  });
  /** One that is counted elsewhere. */
  const counter = <Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
    values: () => Iterable<readonly [Record<Label, string>, number]>,
  ) =>
    new Counter({
      name: `eelwatch_${name}_total`,
      help,
      labelNames: [...labelNames],
      registers,
      collect() {
        this.reset();
        for (const [labels, value] of values()) this.inc(labels, value);
      },
    });
  const { counts } = state;
  counter('duplicate_spectra', 'Spectra that came again with the same content.', [], () => [
    [{}, counts?.duplicates ?? 0],
  ]);
  counter('gap_pixels', 'Pixels that were missing when their scan ended.', [], () => [
    [{}, counts?.gaps ?? 0],
  ]);
  counter('conflicts', 'Messages with other spectra than were recorded there.', [], () => [
    [{}, counts?.rejected.get('conflict') ?? 0],
  ]);
  counter('rejected_messages', 'Messages that were refused, by wire and reason.', ['wire', 'code'], () => [
    ...[...(counts?.rejected ?? [])].map(([code, count]) => [{ wire: 'ingest', code }, count] as const),
    [{ wire: 'live', code: 'message' }, hub.refusedMessages],
  ]);
  counter('alerts', 'Alerts that were raised, by cause.', ['cause', 'severity'], () =>
    [...(counts?.alerts ?? [])].map(({ count, ...labels }) => [labels, count] as const),
  );
  new Gauge({
    name: 'eelwatch_event_loop_delay_seconds',
    help: 'Delay of the event loop since the last scrape.',
    labelNames: ['quantile'],
    registers,
    collect() {
      this.set({ quantile: '0.5' }, delay.percentile(50) / 1e9);
      this.set({ quantile: '0.99' }, delay.percentile(99) / 1e9);
      this.set({ quantile: '1' }, delay.max / 1e9);
      delay.reset();
    },
  });
  return {
    registry,
    close() {
      unsubscribe();
      delay.disable();
    },
  };
}
