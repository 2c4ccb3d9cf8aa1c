import { nounFor } from '../../../protocol/index.ts';

/** Thin space between thousands: `12 544`. */
export const grouped = (value: number): string =>
  Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, '\u2009');

/** Three significant figures without an exponent where one can be avoided: `0.0123`, `4.57`, `1 230`. */
export function compact(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  if (size === 0) return '0';
  if (size >= 1e6) return minus(`${(value / 1e6).toPrecision(3)}\u2009M`);
  if (size >= 1e5) return minus(`${(value / 1e3).toPrecision(3)}\u2009k`);
  if (size >= 1000) return minus(grouped(value));
  if (size < 1e-3) return minus(value.toExponential(1));
  return minus(String(Number(value.toPrecision(3))));
}

/** A limit of a range; values negligible against the range become 0. */
export const limitText = (value: number, span: number): string =>
  compact(Math.abs(value) < span * 2e-3 ? 0 : value);

export const minus = (text: string): string => text.replace('-', '−');

/** Two decimals with a true minus. */
export const twoDecimals = (value: number): string => minus(value.toFixed(2).replace(/^-(0\.00)$/, '$1'));

export const percent = (share: number): string => {
  const value = 100 * share;
  return `${value > 0 && value < 1 ? '< 1' : Math.round(value)}\u2009%`;
};

/** `12.34 ± 0.04`: with as many decimals as the uncertainty has to its first figure, three at most. */
export function withSigma(value: number, sigma: number): string {
  const decimals = sigma > 0 ? Math.min(Math.max(0, -Math.floor(Math.log10(sigma))), 3) : 3;
  const least = 10 ** -decimals;
  const shown = sigma < least / 2 ? `<\u2009${least}` : sigma.toFixed(decimals);
  return minus(`${value.toFixed(decimals)}\u2009±\u2009${shown}`);
}

/** For narrow places: thousands beyond ten of them, `33.6 k`. */
export const short = (value: number): string =>
  value < 10_000 ? grouped(value) : `${(value / 1000).toPrecision(3)}\u2009k`;

/** `55 s`, `4 min 05 s`, `2 h 10 min`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
  return `${Math.floor(whole / 3600)} h ${String(Math.floor((whole % 3600) / 60)).padStart(2, '0')} min`;
}

/** Age of data: tenths while it is fresh. */
export const age = (seconds: number): string =>
  seconds < 10 ? `${Math.max(0, seconds).toFixed(1)} s` : duration(seconds);

/** Longest name on a button, characters. */
const MOST_NAME = 22;

/** A name for a narrow place. */
export const shortened = (name: string): string =>
  name.length > MOST_NAME ? `${name.slice(0, MOST_NAME - 1).trimEnd()}…` : name;

/** `1 pixel`, `12 544 pixels`. @param many where it is not `one` with an s */
export const plural = (count: number, one: string, many?: string): string =>
  `${grouped(count)} ${nounFor(count, one, many)}`;
