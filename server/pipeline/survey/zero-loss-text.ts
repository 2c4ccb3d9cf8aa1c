import type { Edge, Scan, SumSpectrum } from '../../../protocol/index.ts';
import { counted, energyOf } from '../../../protocol/index.ts';
import type { AlignMethod } from '../options.ts';
import type { RaisedAlert } from '../raised-alert.ts';
import { isOneSetting, lowLossOf } from './low-loss-of.ts';

/** Spectra needed before a missing zero-loss peak is reported during a scan. */
const ENOUGH = 30;
/** A peak this far from 0 eV shows an axis that is off by more than names and windows bear. */
const OFF_EV = 1;

const ev = (value: number) => `${value < 0 ? '−' : ''}${Math.abs(value).toFixed(1)} eV`;

type Sum = Pick<SumSpectrum, 'spectra' | 'zeroLoss' | 'saturatedZeroLoss'>;

/**
 * Alerts about the zero-loss peak of a scan: missing, or at the wrong place.
 * @param final no more spectra will come
 */
export function zeroLossAlerts(
  scan: Scan,
  sum: Sum | undefined,
  { align, edges, final }: { align: AlignMethod; edges: readonly Edge[]; final: boolean },
): RaisedAlert[] {
  const alert = (id: string, text: string, tip?: string): RaisedAlert => ({
    id,
    severity: 'warning',
    ongoing: true,
    message: `${scan.name}: ${text}`,
    ...(tip !== undefined && { tip }),
  });
  const alerts: RaisedAlert[] = [];
  if (sum?.saturatedZeroLoss)
    alerts.push(
      alert(
        'zero-loss',
        `the zero-loss peak is cut off in ${counted(sum.saturatedZeroLoss, 'pixel')}: t/λ there is an upper bound`,
      ),
    );
  if (sum?.zeroLoss) {
    alerts.push(...positionAlerts(scan, sum.zeroLoss, edges, alert));
    return alerts;
  }
  const asked = align === 'zlp' ? ', and --align zlp has nothing to align by' : '';
  if (!lowLossOf(scan)) {
    if (final && asked)
      alerts.push(alert('zero-loss/none', `no low loss was found, so --align zlp has nothing to align by`));
  } else if (sum && sum.spectra > 0 && (final || sum.spectra >= ENOUGH))
    alerts.push(
      alert(
        'zero-loss/none',
        `${scan.lowLoss ? 'the low loss has' : 'the energy axis holds 0 eV, but there is'} no zero-loss peak: ` +
          `expected one within 20 eV of 0, so there is no thickness map${asked}`,
        scan.lowLoss ? undefined : 'Where the axis is wrong, --energy sets it',
      ),
    );
  return alerts;
}

function positionAlerts(
  scan: Scan,
  { position, own, mends }: NonNullable<SumSpectrum['zeroLoss']>,
  edges: readonly Edge[],
  alert: (id: string, text: string, tip?: string) => RaisedAlert,
): RaisedAlert[] {
  if (mends) {
    const { energy, channels } = scan;
    const cut = edges.filter(
      ({ fitWindow, signalWindow }) =>
        fitWindow[0] + position < energy.offset ||
        signalWindow[1] + position > energyOf(energy, channels - 1),
    );
    if (cut.length === 0) return [];
    const names = cut.map(({ name }) => name).join(', ');
    return [
      alert('zero-loss/ends', `moved by ${ev(-position)} the axis no longer covers the windows of ${names}`),
    ];
  }
  if (Math.abs(position) < OFF_EV) return [];
  const isMendable = own || isOneSetting(scan);
  const core = isMendable
    ? 'and in DualEELS that of the core loss as well'
    : 'and perhaps that of the core loss';
  const off = `the ${own ? 'energy axis' : 'axis of the low loss'} is off by that much${own ? '' : `, ${core}`}`;
  return [
    alert(
      'zero-loss/position',
      `the zero-loss peak lies at ${ev(position)}: ${off}`,
      isMendable ? '--align zlp moves the spectra so that it lies at 0 eV' : undefined,
    ),
  ];
}
