import type { Progress } from '../../../protocol/index.ts';
import type { Received } from './live-model.ts';

export type Freshness = 'fresh' | 'late' | 'old';

/**
 * Age in seconds of the newest spectrum on the screen. Both clocks are used only for differences, so they need not agree; the
 * monitor's two moments are of one reading, and this page's clock is steady, so neither may be set meanwhile.
 * @param now `steadyNow`
 */
export const dataAgeSeconds = (progress: Received<Progress>, now: number): number =>
  Math.max(0, progress.message.sentAt - progress.message.newestAt + now - progress.at) / 1000;

/**
 * How worrying an age is: data come spectrum by spectrum or row by row, so what is late depends on the pace.
 * @param columns spectra of a row
 */
export function freshness(ageSeconds: number, rate: number | undefined, columns: number): Freshness {
  const rowSeconds = rate !== undefined && rate > 0 ? columns / rate : 0;
  if (ageSeconds > Math.max(10, 8 * rowSeconds)) return 'old';
  return ageSeconds > Math.max(2, 2.5 * rowSeconds) ? 'late' : 'fresh';
}
