/** What the time axis shows: this machine's clock, or the time since the recording began. */
export type TimeAxis = 'clock' | 'elapsed';

const two = (value: number): string => String(value).padStart(2, '0');

/** `14:03`, with seconds where the step between labels is below a minute, and parts of them below a second. */
export function clockText(at: number, step: number): string {
  const date = new Date(at);
  const minutes = `${two(date.getHours())}:${two(date.getMinutes())}`;
  if (step >= 60_000) return minutes;
  return `${minutes}:${secondsText(date.getSeconds() + date.getMilliseconds() / 1000, step)}`;
}

/** `45 s`, `3:20 min`, `1:05 h`: since the recording began, in the unit that its whole length needs. */
export function elapsedText(ms: number, step: number, whole: number): string {
  if (whole < 60_000) return `${(ms / 1000).toFixed(decimals(step))}\u2009s`;
  const seconds = Math.round(ms / 1000);
  if (whole < 3_600_000) return `${Math.floor(seconds / 60)}:${two(seconds % 60)}\u2009min`;
  const minutes = Math.floor(seconds / 60);
  const rest = step < 60_000 ? `:${two(seconds % 60)}` : '';
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}${rest}\u2009h`;
}

/** Midnight before a moment on this machine's clock: clock labels fall on round times. */
export function localMidnight(at: number): number {
  const date = new Date(at);
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}

const decimals = (step: number): number => Math.max(0, Math.ceil(-Math.log10(step / 1000) - 1e-9));

const secondsText = (seconds: number, step: number): string => {
  const places = decimals(step);
  return seconds.toFixed(places).padStart(places > 0 ? places + 3 : 2, '0');
};
