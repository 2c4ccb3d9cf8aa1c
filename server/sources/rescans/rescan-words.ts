import { counted } from '../../../protocol/index.ts';
import type { RescanNote } from '../../sessions/rescans/rescan-record.ts';

/** @param share 0–1 */
export const progressText = (title: string, share: number): string =>
  `${capitalised(title)}: ${Math.round(100 * share)} %${share < 1 ? '' : '; to be added'}`;

/** What became of a rescan. */
export function addedText(note: RescanNote): string {
  const { id, plan, state, rows = [], region, refused, shift } = note;
  const title = capitalised(plan ? `rescan ${plan.region} of plan ${plan.number}` : `rescan "${id}"`);
  if (state === 'refused') return `${title} was not added: ${refused}. Its spectra are kept`;
  const added = rows.reduce((sum, [first, end]) => sum + end - first, 0);
  const of =
    added < region.height ? `${added} of ${region.height} rows` : `${region.height} × ${region.width} pixels`;
  const lies = shift
    ? `, found ${tenths(shift.y)} rows and ${tenths(shift.x)} columns from where it was said to lie`
    : '';
  return `${title} is added: ${of}${lies}${cutOffText(note)}`;
}

/** Without the sign that is left of a number that rounds to 0. */
const tenths = (value: number): string => (Math.round(10 * value) / 10 + 0).toFixed(1);

/** What became of samples at the end of the scale. */
export function cutOffText({ replaced, omitted }: Pick<RescanNote, 'replaced' | 'omitted'>): string {
  const pixels = (count: number) => counted(count, 'pixel');
  const taken = replaced
    ? `; it takes the place of the counts of ${pixels(replaced)} that were saturated`
    : '';
  const left = omitted ? `; it is left out of ${pixels(omitted)} that it has saturated` : '';
  return taken + left;
}

const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
