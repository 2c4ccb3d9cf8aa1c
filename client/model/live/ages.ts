import type { Progress } from '../../../protocol/index.ts';
import type { Received } from './live-model.ts';

export type Freshness = 'fresh' | 'late' | 'old';

/**
 * Age in seconds of the newest spectrum on the screen. Only differences of each clock are used, so the two need not agree.
 * @param now `steadyNow`
 */
export const dataAgeSeconds = (progress: Received<Progress>, now: number): number =>
  Math.max(0, progress.message.sentAt - progress.message.newestAt + now - progress.at) / 1000;

/**
 * Whether data of an age are late. Data arrive by spectra or rows, so it depends on the rate.
 * @param columns spectra of a row
 */
export function freshness(ageSeconds: number, rate: number | undefined, columns: number): Freshness {
  const rowSeconds = rate !== undefined && rate > 0 ? columns / rate : 0;
  if (ageSeconds > Math.max(10, 8 * rowSeconds)) return 'old';
  return ageSeconds > Math.max(2, 2.5 * rowSeconds) ? 'late' : 'fresh';
}
