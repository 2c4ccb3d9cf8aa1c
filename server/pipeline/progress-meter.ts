import type { Progress } from '../../protocol/index.ts';
import { cover, RESCAN } from '../formats/exposure.ts';

/** Rate over the recent past, so that a pause or a change of dwell time shows within seconds. */
const WINDOW_MS = 10_000;

/** What of a scan is measured, and how fast it comes: counted against a monotonic clock. */
export class ProgressMeter {
  /** Passes that are complete at each pixel, row-major. */
  readonly measured: Uint8Array;
  /** How far the scan is recorded, where it is. */
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
    this.#samples.push({ at, spectra: this.#spectra });
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
    const [oldest] = this.#samples;
    const seconds = (this.#now() - oldest.at) / 1000;
    return this.#samples.length > 2 && seconds > 0 ? (this.#spectra - oldest.spectra) / seconds : undefined;
  }

  /**
   * Where a scan stands, in words.
   * @param analysed spectra that each edge has worked through
   */
  progress(
    { analysed, ...of }: Pick<Progress, 'epoch' | 'status'> & { analysed: readonly number[] },
    wallClock: number,
  ): Progress {
    const { spectra, rate, total } = this;
    const live = of.status === 'live';
    const etaSeconds = rate ? Math.max(0, total - spectra) / rate : undefined;
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
