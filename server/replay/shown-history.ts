import type { Layer, ScanMessage, Topic } from '../../protocol/index.ts';
import type { JournalContent, JournalRecord } from '../sessions/journal/journal-records.ts';
import type { StoredPart } from '../sessions/journal/session-journal.ts';

/** Rows of a layer as they were recorded, and where their samples lie, deflated. */
export interface RecordedBand extends StoredPart {
  layer: number;
  firstRow: number;
  rows: number;
}

/** What was shown at one moment, but for the samples of the layers. */
export interface ShownMoment {
  /** Which time the scan had begun, from 0: nothing is shared between two. */
  chapter: number;
  message: ScanMessage;
  layers: readonly Layer[];
  topics: ReadonlyMap<string, Topic>;
}

/** Records of one topic or layer, in order. */
interface Chapter {
  /** Record that begins it, and the first of the next. */
  first: number;
  end: number;
  topics: Map<string, { record: number; topic: Topic }[]>;
  scans: { record: number; message: ScanMessage }[];
  layers: { record: number; layer: Layer }[];
}

/**
 * What dashboards were shown of a scan, by the journal of its session. A moment is the number of a record: the state once it and all
 * before it are told.
 */
export class ShownHistory {
  readonly records: readonly JournalRecord[];
  readonly #chapters: Chapter[] = [];
  /** Times of the records, never falling though a clock may be set. */
  readonly #times: Float64Array;
  readonly #bands = new Map<number, RecordedBand[]>();
  readonly #models: { record: number; content: JournalContent<'model'> }[] = [];
  /** Patches that belong to the scan from a record on. */
  readonly #patches: { record: number; count: number }[] = [];

  constructor(records: readonly JournalRecord[]) {
    this.records = records;
    this.#times = new Float64Array(records.length);
    let latest = Number.NEGATIVE_INFINITY;
    for (const [index, record] of records.entries()) {
      latest = Math.max(latest, record.time);
      this.#times[index] = latest;
      this.#take(record, index);
    }
    const last = this.#chapters.at(-1);
    if (last) last.end = records.length;
  }

  /** Whether anything was shown. */
  get isEmpty(): boolean {
    return this.#chapters.length === 0;
  }

  /** First moment at which a scan was shown. */
  get first(): number {
    return this.#chapters[0]?.first ?? 0;
  }

  get last(): number {
    return this.records.length - 1;
  }

  /** ms since 1970. */
  timeOf(moment: number): number {
    return this.#times[moment];
  }

  /** Last moment at or before a time, ms since 1970; the first one for an earlier time. */
  momentAt(time: number): number {
    let [low, high] = [this.first, this.last];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (this.#times[middle] <= time) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  at(moment: number): ShownMoment {
    const chapter = this.#chapterOf(moment);
    const found = this.#chapters[chapter];
    const topics = new Map<string, Topic>();
    for (const [key, entries] of found.topics) {
      const entry = entries.findLast(({ record }) => record <= moment);
      if (entry) topics.set(key, entry.topic);
    }
    const message = found.scans.findLast(({ record }) => record <= moment)?.message ?? found.scans[0].message;
    const layers = found.layers.filter(({ record }) => record <= moment).map(({ layer }) => layer);
    return { chapter, message, layers, topics };
  }

  /** Bands of one record, in the order in which they were shown; none for a record of another kind. */
  bandsOf(moment: number): readonly RecordedBand[] {
    return this.#bands.get(moment) ?? [];
  }

  /**
   * The bands that show at a moment, newest first: those that are covered by later ones are left out.
   * @param rows of the scan
   */
  shownBands(moment: number, rows: number): RecordedBand[] {
    const { first } = this.#chapters[this.#chapterOf(moment)];
    const covered = new Map<number, { rows: Uint8Array; left: number }>();
    const shown: RecordedBand[] = [];
    for (let record = moment; record >= first; record--)
      for (const band of [...this.bandsOf(record)].reverse()) {
        const cover = covered.get(band.layer) ?? { rows: new Uint8Array(rows), left: rows };
        covered.set(band.layer, cover);
        if (cover.left === 0) continue;
        let news = 0;
        for (let row = band.firstRow; row < band.firstRow + band.rows; row++) {
          news += 1 - cover.rows[row];
          cover.rows[row] = 1;
        }
        cover.left -= news;
        if (news > 0) shown.push(band);
      }
    return shown;
  }

  /**
   * First moment at or after another at which a row of a layer was shown.
   * @returns undefined where it never was
   */
  momentOfBand(layer: number, row: number, after: number): number | undefined {
    for (let moment = after; moment <= this.last; moment++)
      for (const band of this.bandsOf(moment))
        if (band.layer === layer && band.firstRow <= row && row < band.firstRow + band.rows) return moment;
    return undefined;
  }

  /** The model that an edge was shown with at a moment. */
  modelAt(edge: string, moment: number): JournalContent<'model'> | undefined {
    const { first } = this.#chapters[this.#chapterOf(moment)];
    return this.#models.findLast(
      ({ record, content }) => record <= moment && record >= first && content.edge === edge,
    )?.content;
  }

  /** How many patches rescans had brought by a moment. */
  patchesAt(moment: number): number {
    let patches = 0;
    for (const { record, count } of this.#patches) if (record <= moment) patches = count;
    return patches;
  }

  #chapterOf(moment: number): number {
    return Math.max(
      0,
      this.#chapters.findLastIndex(({ first }) => first <= moment),
    );
  }

  #take(record: JournalRecord, index: number): void {
    const chapter = this.#chapters.at(-1);
    if (record.topic === 'rescan') this.#takeRescan(record.content, index);
    if (record.topic === 'message') {
      const { key, message } = record.content;
      if (message.type === 'scan') this.#takeScan(key === 'scan', message, index);
      else if (!chapter) return;
      else if (message.type === 'layer') chapter.layers.push({ record: index, layer: message.layer });
      else {
        const entries = chapter.topics.get(key) ?? [];
        entries.push({ record: index, topic: message });
        chapter.topics.set(key, entries);
      }
    } else if (record.topic === 'pictures' && chapter) this.#takePictures(record.content, chapter, index);
    else if (record.topic === 'model' && chapter)
      this.#models.push({ record: index, content: record.content });
  }

  #takeRescan({ patches }: JournalContent<'rescan'>, record: number): void {
    if (patches !== undefined) this.#patches.push({ record, count: patches });
  }

  #takeScan(begins: boolean, message: ScanMessage, index: number): void {
    const before = this.#chapters.at(-1);
    if (!begins && before) {
      before.scans.push({ record: index, message });
      return;
    }
    if (before) before.end = index;
    this.#chapters.push({
      first: index,
      end: index,
      topics: new Map(),
      scans: [{ record: index, message }],
      layers: message.layers.map((layer) => ({ record: index, layer })),
    });
  }

  #takePictures({ at, bands }: JournalContent<'pictures'>, chapter: Chapter, index: number): void {
    const [rows] = chapter.scans[0].message.scan.shape;
    const found: RecordedBand[] = [];
    let position = at;
    for (const [layer, firstRow, count, bytes, checksum] of bands) {
      if (firstRow + count <= rows)
        found.push({ layer, firstRow, rows: count, at: position, bytes, checksum });
      position += bytes;
    }
    this.#bands.set(index, found);
  }
}
