import { counted, type Scan } from '../../../protocol/index.ts';
import type { RaisedAlert } from '../raised-alert.ts';
import type { Suspect } from './survey-protocol.ts';

/** Samples that cannot be counts, as an alert: where, what, and what follows from it. */
export function suspectAlert(scan: Scan, { kind, pixel, channel, value, pixels }: Suspect): RaisedAlert {
  const columns = scan.shape[1];
  const place = `pixel (${Math.floor(pixel / columns)}, ${pixel % columns}) channel ${channel}`;
  const more = pixels > 1 ? ` and in ${counted(pixels - 1, 'more pixel')}` : '';
  const [expected, consequence] =
    kind === 'not finite'
      ? [
          'finite numbers',
          'they are interpolated from their neighbours; pixels with more than a quarter of such samples in the windows of an edge are left out',
        ]
      : ['0 or more', 'the data are taken as dark-subtracted, and noise figures still assume counts'];
  return {
    id: kind,
    severity: 'warning',
    ongoing: true,
    message: `${scan.name}: counts: expected ${expected}, found ${value} at ${place}${more}; ${consequence}`,
  };
}
