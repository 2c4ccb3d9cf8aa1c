import type { Scan } from '../../../protocol/index.ts';
import type { RaisedAlert } from '../raised-alert.ts';
import type { CountsFault } from './counts-check.ts';

/** Id of the alert; taken back when real counts come. */
export const COUNTS = 'counts';

/** A scan without counts, as an alert. */
export function countsAlert(scan: Pick<Scan, 'name'>, fault: CountsFault): RaisedAlert {
  return { id: COUNTS, severity: 'error', ongoing: true, message: `${scan.name}: ${textOf(fault)}` };
}

function textOf(fault: CountsFault): string {
  switch (fault.kind) {
    case 'zero':
      return 'all counts are zero: the detector gives no signal, or the data are elsewhere in the file';
    case 'constant':
      return 'every spectrum is constant: the detector gives no spectra';
    case 'one value':
      return `every spectrum is constant: every sample is ${fault.value}`;
    case 'saturated':
      return fault.share === 1
        ? `every sample is ${fault.value}: the detector is saturated`
        : `${Math.floor(100 * fault.share)} % of the samples are ${fault.value}: the detector is saturated`;
  }
}
