import type { Alert, Annotation, Command, Plan } from '../protocol/index.ts';
import type { Monitor } from './pipeline/monitor.ts';
import type { ScanRun } from './pipeline/scan-run.ts';
import { ShownRecorder } from './replay/shown-recorder.ts';
import { keepResults } from './results.ts';
import type { JournalContent } from './sessions/journal/journal-records.ts';
import { SessionJournal } from './sessions/journal/session-journal.ts';
import { changeAbout, readAbout } from './sessions/session-about.ts';
import type { ScanOpening, Source, SourceEvent } from './sources/source.ts';

const NOTES_ALERT = 'session-notes';
/** Gaps that stand in the journal. */
const MOST_GAPS = 1000;

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
  readonly #signals = new Set<string>();
  /** What was noted of the plan last. */
  #plan = '';
  /** Of the scan on show. */
  #shown: { run: ScanRun; recorder: ShownRecorder } | undefined;

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
      if (change.type === 'scan') this.#show(monitor.run);
      this.#shown?.recorder.note(change);
      const topic = change.type === 'topic' ? monitor.topics.get(change.key) : undefined;
      if (topic?.type === 'alerts') this.#noteAlerts(topic.alerts);
      if (topic?.type === 'plan') this.#notePlan(topic);
      if (topic?.type === 'annotations' && monitor.run) this.#keepAnnotations(monitor.run, topic.annotations);
    });
  }

  /** Notes what the operator had done. */
  noteAction(command: Command): void {
    this.#journal?.note('action', { command });
  }

  #keepAnnotations({ session }: ScanRun, annotations: Annotation[]): void {
    if (session === undefined) return;
    changeAbout(session, { annotations }).then(
      () => this.#options.cleared(NOTES_ALERT),
      (error: Error) => this.#alertNotes('kept', error),
    );
  }

  /** Notes that were made before the monitor was started again. */
  async #restoreAnnotations(run: ScanRun, session: string): Promise<void> {
    const { annotations = [] } = await readAbout(session);
    if (annotations.length > 0 && !run.topics.has('annotations')) run.setAnnotations(annotations);
  }

  #alertNotes(what: 'kept' | 'read', { message }: Error): void {
    const text = `notes about the scan cannot be ${what} (${message})`;
    this.#options.alert({ id: NOTES_ALERT, severity: 'warning', message: text });
  }

  #show(run: ScanRun | undefined): void {
    this.#shown?.recorder.close();
    this.#shown = undefined;
    const journal = run?.session === undefined ? undefined : this.#journals.get(run.session);
    if (!run || !journal || run.session === undefined) return;
    this.#shown = { run, recorder: new ShownRecorder({ run, journal }) };
    this.#restoreAnnotations(run, run.session).catch((error: Error) => this.#alertNotes('read', error));
  }

  /**
   * Writes the results of a scan with its final maps into its session.
   * @returns the session's folder; undefined where the scan is not recorded
   */
  async keep(run: ScanRun): Promise<string | undefined> {
    const { session } = run;
    // Without all of its final maps a scan has no results; they are made when a monitor is started again.
    if (session === undefined || run.status === 'failed') return undefined;
    this.#noteFinal(run, session);
    await keepResults(session, run, this.#options.version);
    if (session !== this.#session) await this.#closeJournal(session);
    return session;
  }

  /** The final maps of a scan that is off show are made from its session later: until then nothing is noted in it. */
  async release(session: string): Promise<void> {
    if (this.#shown?.run.session === session) {
      this.#shown.recorder.close();
      this.#shown = undefined;
    }
    if (session !== this.#session) await this.#closeJournal(session);
  }

  /** The final maps of a scan that is off show by now are recorded as a whole. */
  #noteFinal(run: ScanRun, session: string): void {
    const journal = this.#journals.get(session);
    if (run === this.#shown?.run) this.#shown.recorder.finish();
    else if (journal) ShownRecorder.recordFinal({ run, journal });
  }

  async close(): Promise<void> {
    this.#shown?.recorder.close();
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
      case 'repeated':
        this.#journal?.note('repeated', {
          pass: event.pass,
          pixels: [event.first, event.first + event.count],
        });
        break;
      case 'channel':
        this.#noteSignal(event.name);
        break;
      case 'rescan-noted':
        this.#journal?.note('rescan', event.note);
        break;
      case 'stalled':
        this.#journal?.note('stalled', {});
        break;
      case 'end':
        this.#journal?.note('end', {
          status: event.status,
          ...this.#counts(),
          ...(event.rewritten && { rewritten: true }),
        });
        // What follows is of another scan.
        if (event.rewritten) this.#session = undefined;
        break;
    }
  }

  #begin({ scan, session }: ScanOpening, source: string): void {
    this.#session = session;
    this.#alerts = new Map();
    this.#signals.clear();
    if (session === undefined) return;
    const id = 'session-journal';
    const journal =
      this.#journals.get(session) ??
      new SessionJournal(session, {
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

  #counts(): Pick<JournalContent<'end'>, 'spectra' | 'missing' | 'gaps'> {
    const meter = this.#monitor?.run?.meter;
    if (!meter) return { spectra: 0, missing: 0 };
    const gaps: [number, number][] = [];
    let missing = 0;
    for (const [pixel, passes] of meter.measured.entries()) {
      if (passes > 0) continue;
      missing++;
      const last = gaps.at(-1);
      if (last?.[1] === pixel) last[1] = pixel + 1;
      else if (gaps.length < MOST_GAPS) gaps.push([pixel, pixel + 1]);
    }
    return { spectra: meter.spectra, missing, ...(gaps.length > 0 && { gaps }) };
  }

  /** Every number and status once, and what came of plans of before. */
  #notePlan(plan: Plan): void {
    const { epoch, number, status, history } = plan;
    const news = JSON.stringify([
      epoch,
      number,
      status,
      history.map((past) => [past.number, past.achievedGain]),
    ]);
    if (news === this.#plan) return;
    this.#plan = news;
    this.#journal?.note('plan', { plan });
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
}
