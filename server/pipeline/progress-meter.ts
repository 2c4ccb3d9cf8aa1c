import type { Progress } from '../../protocol/index.ts';
import { cover, RESCAN } from '../formats/reading/exposure.ts';
import { Pace } from './pace.ts';

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
  readonly #pace = new Pace();

  /** @param now milliseconds of a monotonic clock */
  constructor(pixels: number, passes: number, now: () => number) {
    this.measured = new Uint8Array(pixels);
    this.passes = passes;
    this.#now = now;
    this.#startedAt = now();
    this.#newestAt = this.#startedAt;
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
    this.#pace.add(at, this.#spectra);
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
    const pace = this.#presentPace;
    return pace && 1000 / pace.msPerSpectrum;
  }

  /** That of the recent past, and the time that is left at it; time since the newest arrival counts once it is a pause. */
  get #presentPace(): { msPerSpectrum: number; etaMs: number } | undefined {
    const pace = this.#pace.estimate;
    if (!pace) return undefined;
    const { graceMs, spanMs, dueAt, pausesMsPerSpectrum } = pace;
    const quietMs = Math.max(0, this.ageMs - graceMs);
    const msPerSpectrum = pace.msPerSpectrum * (1 + quietMs / spanMs);
    // The next spectra are under way since the newest ones were due.
    const doneMs = Math.min(Math.max(0, this.#now() - dueAt), graceMs);
    const left = Math.max(0, this.total - this.#spectra);
    return { msPerSpectrum, etaMs: Math.max(0, left * (msPerSpectrum + pausesMsPerSpectrum) - doneMs) };
  }

  /**
   * Progress of a scan as the wire has it.
   * @param analysed spectra that each edge has worked through
   */
  progress(
    { analysed, ...of }: Pick<Progress, 'epoch' | 'status'> & { analysed: readonly number[] },
    wallClock: number,
  ): Progress {
    const { spectra, total } = this;
    const pace = of.status === 'live' ? this.#presentPace : undefined;
    return {
      type: 'progress',
      ...of,
      total,
      nextPixel: this.#nextPixel,
      spectra,
      ...(pace && { rate: 1000 / pace.msPerSpectrum, etaSeconds: pace.etaMs / 1000 }),
      elapsedSeconds: this.elapsedSeconds,
      newestAt: wallClock - this.ageMs,
      sentAt: wallClock,
      backlog: spectra - Math.min(spectra, ...analysed),
      ...(this.recorded && { recorded: this.recorded }),
    };
  }
}
