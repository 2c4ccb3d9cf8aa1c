import type { Scan, SumSpectrum } from '../../../protocol/index.ts';
import type { RaisedAlert } from '../raised-alert.ts';

const number = (ev: number) => ev.toFixed(2).replace('-', '−');

/** Alert about shifts of the energy axis measured from the edges; undefined without any. */
export function shiftAlert(scan: Scan, drift: SumSpectrum['drift']): RaisedAlert | undefined {
  if (!drift?.origin || drift.origin === 'none') return undefined;
  const { origin, aligned, least, most, jitter = 0, edges = [] } = drift;
  const range = `${edges.join(' and ')} ${edges.length > 1 ? 'shift together' : 'shifts'} by ${number(least)} … ${number(most)} eV`;
  const pixels = jitter > 0 ? `, from pixel to pixel by ${number(jitter)} eV` : '';
  const say = (severity: RaisedAlert['severity'], text: string): RaisedAlert => ({
    id: 'shift',
    severity,
    ongoing: true,
    message: `${scan.name}: energy axis: ${range}${pixels}: ${text}`,
  });
  switch (origin) {
    case 'instrument':
      return aligned
        ? say('info', 'the instrument, spectra are moved by it')
        : say('warning', 'the instrument, and spectra are not moved by it');
    case 'follows the specimen':
      return say('info', 'it follows the specimen and is left as it is');
    case 'unknown':
      return say(
        'warning',
        aligned
          ? 'shift, origin unknown; spectra are moved by it as asked'
          : `shift, origin unknown (specimen or instrument): a second edge or a low loss would tell${jitter > 0 ? '; classes are found without it' : ''}`,
      );
  }
}
