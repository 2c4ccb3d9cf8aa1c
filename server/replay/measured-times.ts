import type { JournalRecord } from '../sessions/journal/journal-records.ts';

/** When the pixels of a recorded scan became complete, by the arrivals in its journal. */
export class MeasuredTimes {
  /** For each pass the record with which a pixel came, row-major; beyond all of them where it did not come. */
  readonly #arrivals: Float64Array[] = [];
  readonly #pixels: number;
  /** After each record of arrivals: pixels of all passes by then. */
  readonly #progress: { moment: number; pixels: number }[] = [];

  constructor(records: readonly JournalRecord[], pixels: number) {
    this.#pixels = pixels;
    let count = 0;
    for (const [moment, { topic, content }] of records.entries()) {
      if (topic !== 'arrivals') continue;
      const arrivals = this.#ofPass(content.pass);
      for (const [first, end] of content.pixels)
        for (let pixel = first; pixel < Math.min(end, pixels); pixel++)
          if (arrivals[pixel] === Number.POSITIVE_INFINITY) {
            arrivals[pixel] = moment;
            count++;
          }
      this.#progress.push({ moment, pixels: count });
    }
  }

  get progress(): readonly { moment: number; pixels: number }[] {
    return this.#progress;
  }

  /** Passes that have arrivals. */
  get passes(): number {
    return Math.max(1, this.#arrivals.length);
  }

  /** Passes in which a pixel was complete at a moment. */
  passesAt(pixel: number, moment: number): number {
    return this.#arrivals.reduce((sum, arrivals) => sum + (arrivals[pixel] <= moment ? 1 : 0), 0);
  }

  /** First moment at which all of a row, from 0, was measured once; undefined where it never was. */
  momentOfRow(row: number, columns: number): number | undefined {
    const arrivals = this.#arrivals[0]?.subarray(row * columns, (row + 1) * columns);
    if (!arrivals || arrivals.length === 0) return undefined;
    const moment = arrivals.reduce((latest, arrival) => Math.max(latest, arrival), 0);
    return Number.isFinite(moment) ? moment : undefined;
  }

  #ofPass(pass: number): Float64Array {
    for (let each = this.#arrivals.length; each <= pass; each++)
      this.#arrivals.push(new Float64Array(this.#pixels).fill(Number.POSITIVE_INFINITY));
    return this.#arrivals[pass];
  }
}
