import type { Progress } from '../../../protocol/index.ts';
import { dataAgeSeconds } from '../live/ages.ts';
import type { Received } from '../live/live-model.ts';
import { age, plural } from './format.ts';

/**
 * How far a paused picture is behind the scan: `picture 12 s old · 23 rows behind`.
 * @param shown progress when the picture was paused
 * @param newest progress now
 * @param now `steadyNow`, ms
 */
export function pausedWords(
  shown: Received<Progress>,
  newest: Received<Progress>,
  [rows, columns]: readonly [number, number],
  now: number,
): string {
  const spectra = newest.message.spectra - shown.message.spectra;
  const behind = rows === 1 ? plural(spectra, 'pixel') : plural(Math.floor(spectra / columns), 'row');
  const ended = { complete: 'scan complete', aborted: 'scan ended early', failed: 'scan failed' };
  const status = newest.message.status;
  return [
    `picture ${age(dataAgeSeconds(shown, now))} old`,
    ...(spectra > 0 ? [`${behind} behind`] : []),
    ...(status in ended && status !== shown.message.status ? [ended[status as keyof typeof ended]] : []),
  ].join(' · ');
}
