import { createHash } from 'node:crypto';
import type { Alert, EdgeState, Topic } from '../protocol/index.ts';
import type { Monitor } from './pipeline/monitor.ts';
import type { ScanRun } from './pipeline/scan-run.ts';
import { keepResults } from './results.ts';
import { sessionFiles } from './sessions/session-files.ts';
import { SessionJournal } from './sessions/session-journal.ts';
import type { ScanOpening, Source, SourceEvent } from './sources/source.ts';

export interface SessionKeeperOptions {
  version: string;
  /** Options of the analysis, as they stand in the journal. */
  options: Record<string, unknown>;
  alert: (alert: Omit<Alert, 'at'>) => void;
  cleared: (id: string) => void;
}

/** Keeps, in the session of every recorded scan, the journal of what happened and in the end the results. */
export class SessionKeeper {
  readonly #options: SessionKeeperOptions;
  readonly #journals = new Map<string, SessionJournal>();
  #monitor: Monitor | undefined;
  /** Session of the scan that the source's events are about. */
  #session: string | undefined;
  #alerts = new Map<string, Alert>();
  readonly #revisions = new Map<string, number>();
  readonly #signals = new Set<string>();

  constructor(options: SessionKeeperOptions) {
    this.#options = options;
  }

  /** The same source, whose events are noted before they are passed on. */
  notes(source: Source): Source {
    const note = (event: SourceEvent) => this.#note(event, source.description);
    return {
      description: source.description,
      async *events(signal) {
        for await (const event of source.events(signal)) {
          note(event);
          yield event;
        }
      },
    };
  }

  /** Notes what a monitor finds and says, until the returned function is called. */
  follow(monitor: Monitor): () => void {
    this.#monitor = monitor;
    return monitor.subscribe((change) => {
      if (change.type !== 'topic') return;
      const topic = monitor.topics.get(change.key);
      if (topic?.type === 'alerts') this.#noteAlerts(topic.alerts);
      if (topic?.type === 'edge' && monitor.run) this.#noteRevision(monitor.run, topic);
    });
  }

  /**
   * Writes the results of a scan with its final maps into its session.
   * @returns the session's folder; undefined where the scan is not recorded
   */
  async keep(run: ScanRun): Promise<string | undefined> {
    const { session } = run;
    // Without all of its final maps a scan has no results; they are made when a monitor is started again.
    if (session === undefined || run.status === 'failed') return undefined;
    for (const { edge } of run.edges) {
      const state = run.topics.get(`edge/${edge.name}`);
      if (state?.type === 'edge') this.#journals.get(session)?.note('revision', revisionOf(run, state, true));
    }
    await keepResults(session, run, this.#options.version);
    if (session !== this.#session) await this.#closeJournal(session);
    return session;
  }

  async close(): Promise<void> {
    for (const session of this.#journals.keys()) await this.#closeJournal(session);
  }

  async #closeJournal(session: string): Promise<void> {
    const journal = this.#journals.get(session);
    this.#journals.delete(session);
    await journal?.close();
  }

  get #journal(): SessionJournal | undefined {
    return this.#session === undefined ? undefined : this.#journals.get(this.#session);
  }

  #note(event: SourceEvent, source: string): void {
    switch (event.type) {
      case 'scan':
        this.#begin(event.opening, source);
        break;
      case 'measured':
        this.#journal?.arrived(event.pass, event.first, event.first + event.count);
        break;
      case 'channel':
        this.#noteSignal(event.name);
        break;
      case 'stalled':
        this.#journal?.note('stalled', {});
        break;
      case 'end':
        this.#journal?.note('end', { status: event.status, ...this.#counts() });
        break;
    }
  }

  #begin({ scan, session }: ScanOpening, source: string): void {
    this.#session = session;
    this.#alerts = new Map();
    this.#revisions.clear();
    this.#signals.clear();
    if (session === undefined) return;
    const id = 'session-journal';
    const journal =
      this.#journals.get(session) ??
      new SessionJournal(sessionFiles(session).journal, {
        fault: (error) =>
          error
            ? this.#options.alert({
                id,
                severity: 'warning',
                message: `${scan.name}: the journal cannot be written (${error.message}); what is to be noted waits until it can be`,
              })
            : this.#options.cleared(id),
      });
    this.#journals.set(session, journal);
    const { id: scanId, name, shape, channels, energy } = scan;
    const { version, options } = this.#options;
    journal.note('scan', {
      id: scanId,
      name,
      source,
      shape,
      channels,
      energy,
      program: { name: 'eelwatch', version },
      options,
    });
  }

  #noteSignal(name: string): void {
    if (this.#signals.has(name)) return;
    this.#signals.add(name);
    this.#journal?.note('signal', { name });
  }

  #counts(): { spectra: number; missing: number } {
    const meter = this.#monitor?.run?.meter;
    if (!meter) return { spectra: 0, missing: 0 };
    return {
      spectra: meter.spectra,
      missing: meter.measured.reduce((sum, passes) => sum + (passes ? 0 : 1), 0),
    };
  }

  #noteAlerts(alerts: readonly Alert[]): void {
    const present = new Map(alerts.map((alert) => [alert.id, alert]));
    for (const [id, { severity, message }] of present)
      if (this.#alerts.get(id)?.message !== message)
        this.#journal?.note('alert', { id, state: 'raised', severity, message });
    for (const id of this.#alerts.keys())
      if (!present.has(id)) this.#journal?.note('alert', { id, state: 'cleared' });
    this.#alerts = present;
  }

  /** Final models are noted when the results are kept: the scan may be off show by then. */
  #noteRevision(run: ScanRun, state: EdgeState): void {
    if (state.status === 'final' || run.session === undefined || run.session !== this.#session) return;
    if (state.revision === (this.#revisions.get(state.name) ?? 0)) return;
    this.#revisions.set(state.name, state.revision);
    this.#journal?.note('revision', revisionOf(run, state, false));
  }
}

function revisionOf(run: ScanRun, state: Extract<Topic, { type: 'edge' }>, final: boolean) {
  const { name: edge, revision, present, absent } = state;
  const hash = createHash('sha256');
  const maps = run.layers.edges.get(edge);
  for (const map of maps ? [maps.labels, maps.embedding, maps.uncertainty] : [])
    hash.update(new Uint8Array(map.buffer, map.byteOffset, map.byteLength));
  return { edge, revision, final, present, absent, classes: state.classes.length, hash: hash.digest('hex') };
}
