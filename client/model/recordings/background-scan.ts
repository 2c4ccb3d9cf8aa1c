import type { ReadonlySignal } from '@preact/signals-core';
import { effect, signal } from '@preact/signals-core';
import type { LiveStatus, MonitorApi } from '../../transport/monitor-api.ts';
import { percent, plural, shortened } from '../words/format.ts';

/** Interval at which the live scan's status is requested while another one is on show, ms. */
const POLL_MS = 2000;

/** The live scan while the page shows a recorded one. */
export class BackgroundScan {
  /** Undefined while no scan runs, and in the live view. */
  readonly status: ReadonlySignal<LiveStatus | undefined>;
  readonly #status = signal<LiveStatus | undefined>(undefined);
  readonly #dispose: () => void;

  /** @param wanted tracked: whether a recorded scan is on show */
  constructor(api: Pick<MonitorApi, 'status'>, wanted: () => boolean) {
    this.status = this.#status;
    let timer: ReturnType<typeof setInterval> | undefined;
    const ask = async (): Promise<void> => {
      const answer = await api.status().catch(() => undefined);
      if (timer !== undefined) this.#status.value = answer && runs(answer) ? answer : undefined;
    };
    const stop = (): void => {
      clearInterval(timer);
      timer = undefined;
      this.#status.value = undefined;
    };
    const unfollow = effect(() => {
      if (!wanted()) stop();
      else if (timer === undefined) {
        timer = setInterval(() => void ask(), POLL_MS);
        void ask();
      }
    });
    this.#dispose = () => {
      unfollow();
      stop();
    };
  }

  dispose(): void {
    this.#dispose();
  }
}

const runs = ({ status, scan }: LiveStatus): boolean =>
  scan !== undefined && ['live', 'stalled', 'finalising'].includes(status);

/**
 * `live: anode_018 45 %`, and how far ahead of the moment on show where it is the same scan.
 * @param shown the recorded scan on show, and the rows that were measured by the moment on show
 */
export function liveWords(
  { scan, progress }: LiveStatus,
  shown?: { id: string; isRecording: boolean; row: number },
): string {
  if (scan === undefined) return 'live';
  const { spectra, total } = progress ?? { spectra: 0, total: 0 };
  const share = total > 0 ? ` ${percent(spectra / total)}` : '';
  const ahead =
    shown?.isRecording && shown.id === scan.id ? Math.floor(spectra / scan.shape[1]) - shown.row : 0;
  return `live: ${shortened(scan.name)}${share}${ahead > 0 ? `, ${plural(ahead, 'row')} ahead` : ''}`;
}
