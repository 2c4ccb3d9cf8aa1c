import type { Alert } from '../../../protocol/index.ts';
import { plural } from './format.ts';

/** How a scan that has all its spectra is called on the page: not complete alone beside what failed. */
export function completeWords(alerts: readonly Alert[]): [text: string, tone: 'good' | 'bad'] {
  const errors = alerts.filter(({ severity }) => severity === 'error').length;
  return errors === 0 ? ['complete', 'good'] : [`complete · ${plural(errors, 'error')}`, 'bad'];
}
