import { median } from '../analysis/math/median.ts';

/** What is fitted is of the recent past, so that a change of dwell time shows within seconds … */
const WINDOW_MS = 10_000;
/** … but for rows that take longer: of so many arrivals. */
const LEAST_ARRIVALS = 5;
/** Arrivals this close to each other count as one, the last. */
const TOGETHER_MS = 50;
/** A gap that is longer than is due by so much, and by so many usual gaps, is a pause. */
const LEAST_PAUSE_MS = 500;
const PAUSE_GAPS = 3;
/** Pauses that have come so often go on coming. */
const RECURRING = 3;
/** Arrivals that a line is laid through, evenly out of all. */
const FITTED = 32;

interface Arrival {
  at: number;
  spectra: number;
}

export interface PaceEstimate {
  msPerSpectrum: number;
  /** When the newest spectra should have come by this pace, on the clock of the arrivals, ms. */
  dueAt: number;
  /** Nothing may come for so long without being a pause, ms. */
  graceMs: number;
  /** Time that the estimate rests on, ms. */
  spanMs: number;
  /** What recurring pauses add to each spectrum, ms. */
  pausesMsPerSpectrum: number;
}

/**
 * How fast spectra come, from the times at which they were seen, each of which may be late: a line through the recent ones whose slope is
 * the median of the slopes between all pairs (Theil 1950, Sen 1968). A pause is cut out of the time, unless it comes again and
 * again: then it is counted on for the rest of the scan. What was there at the first arrival counts for nothing.
 */
export class Pace {
  #arrivals: Arrival[] = [];
  /** When the newest of them began, which takes in those right behind it. */
  #newestBegan = Number.NEGATIVE_INFINITY;
  #first: number | undefined;
  /** Of pauses that are older than the recent past. */
  #pauses = { count: 0, ms: 0 };

  /**
   * @param at ms of a monotonic clock
   * @param spectra that have come by then, in all
   */
  add(at: number, spectra: number): void {
    this.#first ??= spectra;
    if (at - this.#newestBegan < TOGETHER_MS) {
      this.#arrivals[this.#arrivals.length - 1] = { at, spectra };
      // What comes in pieces at the beginning was there before.
      if (this.#arrivals.length === 1) this.#first = spectra;
      return;
    }
    this.#newestBegan = at;
    this.#arrivals.push({ at, spectra });
    this.#forget(at - WINDOW_MS);
  }

  /** Undefined before there are two arrivals. */
  get estimate(): PaceEstimate | undefined {
    const { gaps, pauses, since } = this.#look();
    const arrivals = this.#arrivals.slice(since);
    const newest = arrivals.at(-1);
    if (!newest || arrivals.length < 2) return undefined;
    // Backwards, so that the newest keep their time.
    const points: Arrival[] = [];
    let cut = 0;
    for (let i = arrivals.length - 1; i >= 0; i--) {
      if (i < arrivals.length - 1) cut += pauses[since + i];
      points.unshift({ at: arrivals[i].at + cut, spectra: arrivals[i].spectra });
    }
    const fitted = evenly(points, FITTED);
    const msPerSpectrum = medianSlope(fitted);
    const offset = median(Float64Array.from(fitted, ({ at, spectra }) => at - msPerSpectrum * spectra));
    const all = pauses.filter((ms) => ms > 0);
    const count = this.#pauses.count + all.length;
    const ms = all.reduce((sum, pause) => sum + pause, this.#pauses.ms);
    return {
      msPerSpectrum,
      dueAt: offset + msPerSpectrum * newest.spectra,
      graceMs:
        LEAST_PAUSE_MS +
        gaps.slice(since).reduce((most, gap, i) => Math.max(most, gap - pauses[since + i]), 0),
      spanMs: newest.at - points[0].at,
      pausesMsPerSpectrum: count >= RECURRING ? ms / (newest.spectra - (this.#first ?? 0)) : 0,
    };
  }

  /**
   * Times between the arrivals, and what of each is a pause.
   * @returns `since`: the pace has changed at this one; those before it say nothing about it
   */
  #look(): { gaps: number[]; pauses: number[]; since: number } {
    const arrivals = this.#arrivals;
    const gaps = arrivals.slice(1).map(({ at }, i) => at - arrivals[i].at);
    const counts = arrivals.slice(1).map(({ spectra }, i) => spectra - arrivals[i].spectra);
    const usual = median(Float64Array.from(gaps));
    const msPerSpectrum = median(Float64Array.from(gaps, (gap, i) => gap / counts[i]));
    const pauses = gaps.map((gap, i) => {
      const excess = gap - msPerSpectrum * counts[i];
      return excess > Math.max(LEAST_PAUSE_MS, PAUSE_GAPS * usual) ? excess : 0;
    });
    // Two long gaps in a row, the newest ones, are no pauses: it goes on more slowly.
    let since = gaps.length;
    while (since > 0 && pauses[since - 1] > 0) since--;
    if (gaps.length - since < 2) return { gaps, pauses, since: 0 };
    return { gaps, pauses: pauses.map((ms, i) => (i < since ? ms : 0)), since };
  }

  /** Leaves out what came before a time. */
  #forget(before: number): void {
    const arrivals = this.#arrivals;
    let first = 0;
    while (arrivals.length - first > LEAST_ARRIVALS && arrivals[first + 1].at < before) first++;
    if (first === 0) return;
    for (const ms of this.#look().pauses.slice(0, first)) {
      if (ms === 0) continue;
      this.#pauses.count++;
      this.#pauses.ms += ms;
    }
    this.#arrivals = arrivals.slice(first);
  }
}

/** At most so many, the first and the last included. */
function evenly<Item>(items: readonly Item[], most: number): Item[] {
  if (items.length <= most) return [...items];
  const step = (items.length - 1) / (most - 1);
  return Array.from({ length: most }, (_, i) => items[Math.round(i * step)]);
}

function medianSlope(points: readonly Arrival[]): number {
  const slopes: number[] = [];
  for (const [i, a] of points.entries())
    for (const b of points.slice(i + 1)) slopes.push((b.at - a.at) / (b.spectra - a.spectra));
  return median(Float64Array.from(slopes));
}
