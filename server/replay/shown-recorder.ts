import { createHash } from 'node:crypto';
import { HASHED_MAPS, topicKey } from '../../protocol/index.ts';
import type { LiveLayer, StateChange } from '../pipeline/live-state.ts';
import type { ScanRun } from '../pipeline/scan-run.ts';
import type { SessionJournal } from '../sessions/journal/session-journal.ts';
import { type Band, DirtyRows } from './dirty-rows.ts';
import { encodeModel } from './shown-model.ts';
import { unmeasured } from './unmeasured.ts';

/** What is shown is recorded this often, ms: at the start of a scan, and at the end of a long one. */
const SHORTEST_MS = 250;
const LONGEST_MS = 5000;
/** Between them so often that a scan has about this many states. */
const MOST_STATES = 1000;

export interface ShownRecorderOptions {
  run: ScanRun;
  journal: SessionJournal;
  /** ms of a monotonic clock. */
  now?: () => number;
}

/**
 * Records what dashboards are shown of a scan into the journal of its session: words, rows of maps, and the models that spectra are
 * shown with. Replays read them again, so that they show the same whatever program replays, and fit nothing. States: open, closed.
 */
export class ShownRecorder {
  readonly #run: ScanRun;
  readonly #journal: SessionJournal;
  readonly #now: () => number;
  readonly #began: number;
  readonly #topics = new Set<string>();
  readonly #rows = new DirtyRows();
  readonly #revisions = new Map<string, number>();
  /** Samples of each layer as they were recorded last, by its id. */
  readonly #recorded = new Map<number, Uint8Array>();
  /** What was recorded of the progress last. */
  #progress = '';
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor({ run, journal, now = () => performance.now() }: ShownRecorderOptions) {
    this.#run = run;
    this.#journal = journal;
    this.#now = now;
    this.#began = now();
    this.#begin();
  }

  /** Records the final state of a scan that nobody is shown any more. */
  static recordFinal(options: ShownRecorderOptions): void {
    const recorder = new ShownRecorder(options);
    recorder.finish();
    recorder.close();
  }

  /** Takes note of a change, which is recorded with the others of the next moment; a new model at once. */
  note(change: StateChange): void {
    switch (change.type) {
      case 'scan':
        return;
      case 'retuned':
        this.#journal.note('message', { key: 'retuned', message: this.#message() });
        return;
      case 'layer':
        this.#journal.note('message', { key: `layer/${change.message.layer.id}`, message: change.message });
        return;
      case 'rows':
        this.#rows.add({ layer: change.layer, first: change.firstRow, end: change.firstRow + change.rows });
        break;
      case 'topic':
        // Notes are kept with what people say of the session.
        if (change.key === 'annotations') return;
        this.#topics.add(change.key);
        this.#noteRevision(change.key);
    }
    this.#schedule();
  }

  /** Records everything that is shown with its final models; what changes afterwards is recorded as before. */
  finish(): void {
    if (this.#closed) return;
    for (const key of this.#run.topics.keys()) this.#topics.add(key);
    for (const { edge } of this.#run.edges) this.#noteRevision(`edge/${edge.name}`, true);
    this.#record();
  }

  close(): void {
    if (!this.#closed) this.#record();
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #begin(): void {
    this.#journal.note('message', { key: 'scan', message: this.#message() });
    for (const { edge, revision } of this.#run.edges) this.#noteModel(edge.name, revision);
    this.#everything();
    this.#schedule();
  }

  #message() {
    const { message, layers } = this.#run;
    return { ...message, layers: layers.all.map(({ layer }) => layer) };
  }

  #everything(): void {
    const [rows] = this.#run.scan.shape;
    for (const { layer } of this.#run.layers.all) this.#rows.add({ layer: layer.id, first: 0, end: rows });
    for (const key of this.#run.topics.keys()) this.#topics.add(key);
  }

  #schedule(): void {
    if (this.#timer || this.#closed) return;
    const elapsed = this.#now() - this.#began;
    const wait = Math.min(Math.max(elapsed / MOST_STATES, SHORTEST_MS), LONGEST_MS);
    this.#timer = setTimeout(() => this.#record(), wait).unref();
  }

  /** @param copies of whole layers, by id, to be recorded in place of what they hold by now */
  #record(copies: ReadonlyMap<number, Uint8Array> = new Map()): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#journal.hasLostPictures()) {
      this.#recorded.clear();
      this.#everything();
    }
    if (!this.#journal.takesPictures) {
      this.#schedule();
      return;
    }
    for (const key of this.#topics) if (key !== 'progress') this.#noteTopic(key);
    this.#topics.clear();
    this.#noteProgress();
    this.#notePictures(this.#rows.take(), copies);
  }

  #noteTopic(key: string): void {
    const topic = this.#run.topics.get(key);
    if (topic) this.#journal.note('message', { key, message: topic });
  }

  /** As it is with the pictures that are taken now; not where nothing but time has passed. */
  #noteProgress(): void {
    const message = this.#run.progress(Date.now());
    const { elapsedSeconds: _, newestAt: _n, sentAt: _s, etaSeconds: _e, rate: _r, ...rest } = message;
    const news = JSON.stringify(rest);
    if (news === this.#progress) return;
    this.#progress = news;
    this.#journal.note('message', { key: topicKey(message), message });
  }

  /** Records rows that are not what was recorded of them last. */
  #notePictures(changed: readonly Band[], whole: ReadonlyMap<number, Uint8Array>): void {
    const layers = new Map(this.#run.layers.all.map((layer) => [layer.layer.id, layer]));
    const parts: Uint8Array[] = [];
    const bands: { layer: number; first: number; rows: number }[] = [];
    for (const { layer: id, first, end } of changed) {
      const layer = layers.get(id);
      if (!layer) continue;
      const copy = whole.get(id) ?? this.#copyOf(layer, first, end);
      for (const news of this.#news(layer, copy, first, end)) {
        parts.push(news.samples);
        bands.push({ layer: id, first: news.first, rows: news.rows });
      }
    }
    if (parts.length === 0) return;
    this.#journal.noteParts('pictures', parts, (stored) => ({
      at: stored[0].at,
      bands: bands.map(({ layer, first, rows }, index) => {
        const { bytes, checksum } = stored[index];
        return [layer, first, rows, bytes, checksum];
      }),
    }));
  }

  /** Runs of rows [first, end) that differ from what was recorded last, which they are from now on. */
  *#news(
    { layer, data }: LiveLayer,
    copy: Uint8Array,
    first: number,
    end: number,
  ): Generator<{ first: number; rows: number; samples: Uint8Array }> {
    const perRow = copy.length / (end - first);
    let last = this.#recorded.get(layer.id);
    if (!last) {
      last = new Uint8Array(unmeasured(layer, data.length / layer.components).buffer);
      this.#recorded.set(layer.id, last);
    }
    const before = last;
    const row = (bytes: Uint8Array, at: number) => bytes.subarray(at * perRow, (at + 1) * perRow);
    const isNews = (at: number) => Buffer.compare(row(copy, at - first), row(before, at)) !== 0;
    for (let from = first; from < end; from++) {
      if (!isNews(from)) continue;
      let to = from + 1;
      while (to < end && isNews(to)) to++;
      const samples = copy.subarray((from - first) * perRow, (to - first) * perRow);
      before.set(samples, from * perRow);
      yield { first: from, rows: to - from, samples };
      from = to;
    }
  }

  #copyOf({ data }: LiveLayer, first: number, end: number): Uint8Array {
    const perRow = data.byteLength / this.#run.scan.shape[0];
    return Buffer.from(new Uint8Array(data.buffer, data.byteOffset + first * perRow, (end - first) * perRow));
  }

  /** Notes a new model with the maps as they are under it. */
  #noteRevision(key: string, final = false): void {
    const state = this.#run.topics.get(key);
    if (state?.type !== 'edge') return;
    if (!final && (state.status === 'final' || state.revision === (this.#revisions.get(state.name) ?? 0)))
      return;
    this.#revisions.set(state.name, state.revision);
    const [rows] = this.#run.scan.shape;
    // Copied once: maps go on changing in the memory that is shared with their worker.
    const copies = new Map<number, Uint8Array>();
    const hash = createHash('sha256');
    for (const layer of this.#run.layers.ofEdge(state.name)) {
      const { id } = layer.layer;
      const copy = this.#copyOf(layer, 0, rows);
      this.#rows.add({ layer: id, first: 0, end: rows });
      copies.set(id, copy);
      if (HASHED_MAPS.includes(layer.layer.kind)) hash.update(copy);
    }
    this.#record(copies);
    this.#noteModel(state.name, state.revision);
    const { name: edge, revision, present, absent, classes } = state;
    this.#journal.note('revision', {
      edge,
      revision,
      final,
      present,
      absent,
      classes: classes.length,
      hash: hash.digest('hex'),
    });
  }

  #noteModel(name: string, revision: number): void {
    const edge = this.#run.edges.find((candidate) => candidate.edge.name === name);
    if (!edge) return;
    const { alignment } = this.#run;
    const bytes = encodeModel({
      model: edge.model,
      ...(alignment && { alignment }),
      ...(alignment?.applied && { shifts: this.#run.layers.survey.shifts.slice() }),
    });
    this.#journal.noteParts('model', [bytes], ([stored]) => ({ edge: name, revision, ...stored }));
  }
}
