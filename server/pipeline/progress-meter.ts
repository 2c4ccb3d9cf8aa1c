import type { Progress } from '../../protocol/index.ts';
import { cover, RESCAN } from '../formats/reading/exposure.ts';

/** Rate over the recent past, so that a pause or a change of dwell time shows within seconds. */
const WINDOW_MS = 10_000;
/** Batches that arrive within this time belong to one poll of a file. */
const ONE_LOOK_MS = 10;

/** Progress and rate of a scan, timed with a monotonic clock. */
export class ProgressMeter {
  /** Passes that are complete at each pixel, row-major. */
  readonly measured: Uint8Array;
  /** Recording progress, where it is recorded. */
  recorded: Progress['recorded'];
  /** Passes that are known of. */
  passes: number;
  /** Spectra that rescans add to those of all passes. */
  rescanned = 0;
  /** Behind the newest spectrum. */
  #nextPixel = 0;
  readonly #now: () => number;
  readonly #startedAt: number;
  #spectra = 0;
  #newestAt: number;
  #stoppedAt: number | undefined;
  #samples: { at: number; spectra: number }[] = [];

  /** @param now milliseconds of a monotonic clock */
  constructor(pixels: number, passes: number, now: () => number) {
    this.measured = new Uint8Array(pixels);
    this.passes = passes;
    this.#now = now;
    this.#startedAt = now();
    this.#newestAt = this.#startedAt;
    this.#samples.push({ at: this.#startedAt, spectra: 0 });
  }

  /** Freezes the elapsed time, until spectra come again. */
  stop(): void {
    this.#stoppedAt = this.#now();
  }

  /** Pixels [first, first + count) are complete in pass `pass`, from 0. */
  add(first: number, count: number, pass: number): void {
    cover(this.measured, first, count, pass);
    if (pass !== RESCAN) this.#nextPixel = first + count;
    this.#stoppedAt = undefined;
    const at = this.#now();
    this.#spectra += count;
    this.#newestAt = at;
    const last = this.#samples.at(-1);
    // One poll of a file arrives in several batches.
    if (this.#samples.length > 1 && last && at - last.at < ONE_LOOK_MS) last.spectra = this.#spectra;
    else this.#samples.push({ at, spectra: this.#spectra });
    while (this.#samples.length > 2 && this.#samples[1].at < at - WINDOW_MS) this.#samples.shift();
  }

  /** Spectra of all passes together. */
  get total(): number {
    return this.passes * this.measured.length + this.rescanned;
  }

  /** Pixels that no pass has measured. */
  get missing(): number {
    return this.measured.reduce((count, passes) => count + (passes === 0 ? 1 : 0), 0);
  }

  get spectra(): number {
    return this.#spectra;
  }

  get elapsedSeconds(): number {
    return ((this.#stoppedAt ?? this.#now()) - this.#startedAt) / 1000;
  }

  /** Milliseconds since the newest spectrum. */
  get ageMs(): number {
    return this.#now() - this.#newestAt;
  }

  /** Spectra per second; undefined before two batches have come. */
  get rate(): number | undefined {
    return this.#pace?.rate;
  }

  /**
   * Spectra per second between arrivals; what was there when the scan was opened does not count. Time since the last
   * one counts once it is longer than the longest between two.
   */
  get #pace(): { rate: number; creditSeconds: number } | undefined {
    const arrivals = this.#samples[0].spectra === 0 ? this.#samples.slice(1) : this.#samples;
    if (arrivals.length < 2) return undefined;
    const [oldest] = arrivals;
    const gaps = arrivals.slice(1).map(({ at }, index) => at - arrivals[index].at);
    const usualMs = Math.max(...gaps);
    const quietMs = this.#now() - this.#newestAt;
    const ms = this.#newestAt - oldest.at + Math.max(0, quietMs - usualMs);
    if (ms <= 0) return undefined;
    return {
      rate: (1000 * (this.#spectra - oldest.spectra)) / ms,
      creditSeconds: Math.min(quietMs, usualMs) / 1000,
    };
  }

  /** Seconds that are left at the rate of the recent past; the next spectra are under way since the last have come. */
  get #etaSeconds(): number | undefined {
    const pace = this.#pace;
    if (!pace || pace.rate === 0) return undefined;
    return Math.max(0, Math.max(0, this.total - this.#spectra) / pace.rate - pace.creditSeconds);
  }

  /**
   * Progress of a scan as the wire has it.
   * @param analysed spectra that each edge has worked through
   */
  progress(
    { analysed, ...of }: Pick<Progress, 'epoch' | 'status'> & { analysed: readonly number[] },
    wallClock: number,
  ): Progress {
    const { spectra, rate, total } = this;
    const etaSeconds = this.#etaSeconds;
    const live = of.status === 'live';
    return {
      type: 'progress',
      ...of,
      total,
      nextPixel: this.#nextPixel,
      spectra,
      ...(live && rate !== undefined && { rate }),
      ...(live && etaSeconds !== undefined && { etaSeconds }),
      elapsedSeconds: this.elapsedSeconds,
      newestAt: wallClock - this.ageMs,
      sentAt: wallClock,
      backlog: spectra - Math.min(spectra, ...analysed),
      ...(this.recorded && { recorded: this.recorded }),
    };
  }
}
