import { energyOf, type SumSpectrum } from '../../../protocol/index.ts';
import { grouped, minus, plural, twoDecimals } from './format.ts';

/** Most channels that are listed; more are counted. */
const NAMED = 3;

/** Detector faults that are left out of the analysis: `1 dead channel masked (322.2 eV) · 9 spikes`; empty if nothing is. */
export function detectorWords({ faults, energy }: SumSpectrum): string {
  if (!faults) return '';
  const channels = (list: number[], kind: string) => {
    if (list.length === 0) return '';
    const energies = list.map((channel) => energyOf(energy, channel).toFixed(1)).join(', ');
    return `${plural(list.length, `${kind} channel`)} masked${list.length <= NAMED ? ` (${energies} eV)` : ''}`;
  };
  return [
    channels(faults.dead, 'dead'),
    channels(faults.hot, 'hot'),
    faults.spikes > 0 ? plural(faults.spikes, 'spike') : '',
    faults.saturated > 0 ? `${grouped(faults.saturated)} saturated` : '',
  ]
    .filter((words) => words !== '')
    .join(' · ');
}

/** `drift −0.26 … 0.24 eV`; empty where it is not known. */
export const driftWords = ({ drift }: SumSpectrum): string =>
  drift
    ? `drift ${twoDecimals(drift.least)} … ${twoDecimals(drift.most)} eV${drift.origin === 'unknown' ? ', origin unknown' : ''}`
    : '';

/** How the drift was measured, and what causes it. */
export function driftNote({ drift }: SumSpectrum): string {
  if (!drift) return '';
  const { by, uncertainty, origin, jitter = 0, aligned, edges = [] } = drift;
  return [
    `Shift of the energy axis over the scan, by the ${edges.length > 0 ? edges.join(' and ') : by}`,
    uncertainty !== undefined ? `± ${twoDecimals(uncertainty)} eV` : '',
    jitter > 0 ? `from pixel to pixel ${twoDecimals(jitter)} eV` : '',
    origin === undefined || origin === 'none'
      ? ''
      : origin === 'follows the specimen'
        ? origin
        : `origin: ${origin}`,
    aligned ? 'spectra are moved by it' : 'spectra are not moved',
  ]
    .filter((words) => words !== '')
    .join(', ');
}

/** Where the zero-loss peak lies: `zero-loss peak at −3.3 eV`; empty where there is none. */
export const zeroLossWords = ({ zeroLoss }: SumSpectrum): string =>
  zeroLoss ? `zero-loss peak at ${minus(zeroLoss.position.toFixed(1))} eV` : '';
