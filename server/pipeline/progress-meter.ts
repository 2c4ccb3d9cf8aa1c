import type { Progress } from '../../protocol/index.ts';

/** Rate over the recent past, so that a pause or a change of dwell time shows within seconds. */
const WINDOW_MS = 10_000;

/** Counts spectra against a monotonic clock: rate, remaining time and age. */
export class ProgressMeter {
  readonly #now: () => number;
  readonly #startedAt: number;
  #spectra = 0;
  #newestAt: number;
  #stoppedAt: number | undefined;
  #samples: { at: number; spectra: number }[] = [];

  /** @param now milliseconds of a monotonic clock */
  constructor(now: () => number) {
    this.#now = now;
    this.#startedAt = now();
    this.#newestAt = this.#startedAt;
    this.#samples.push({ at: this.#startedAt, spectra: 0 });
  }

  /** Freezes the elapsed time, until spectra come again. */
  stop(): void {
    this.#stoppedAt = this.#now();
  }

  add(count: number): void {
    this.#stoppedAt = undefined;
    const at = this.#now();
    this.#spectra += count;
    this.#newestAt = at;
    this.#samples.push({ at, spectra: this.#spectra });
    while (this.#samples.length > 2 && this.#samples[1].at < at - WINDOW_MS) this.#samples.shift();
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
    {
      analysed,
      ...of
    }: Pick<Progress, 'epoch' | 'status' | 'total' | 'nextPixel'> & { analysed: readonly number[] },
    wallClock: number,
  ): Progress {
    const { spectra, rate } = this;
    const live = of.status === 'live';
    const etaSeconds = rate ? Math.max(0, of.total - spectra) / rate : undefined;
    return {
      type: 'progress',
      ...of,
      spectra,
      ...(live && rate !== undefined && { rate }),
      ...(live && etaSeconds !== undefined && { etaSeconds }),
      elapsedSeconds: this.elapsedSeconds,
      newestAt: wallClock - this.ageMs,
      sentAt: wallClock,
      backlog: spectra - Math.min(spectra, ...analysed),
    };
  }
}
