import { interpolateBadChannels } from './bad-channels.ts';

/** A spectrum with a larger share of non-finite samples is not usable. */
const MOST_MASKED = 0.25;

/** Whether all samples of a spectrum that starts at `from` are finite numbers. */
function areFinite(spectra: Float32Array, from: number, width: number): boolean {
  // Without a branch for each: a non-finite number minus itself is NaN.
  let sum = 0;
  for (let i = from; i < from + width; i++) sum += spectra[i] - spectra[i];
  return sum === 0;
}

/**
 * Replaces samples that are not finite by the mean of the nearest finite neighbours, as for dead channels. Spectra with
 * too few finite samples stay as they are.
 * @param spectra `rows` of `width` samples from `from` on
 * @returns indices of the spectra that were changed
 */
export function interpolateNonFinite(
  spectra: Float32Array,
  from: number,
  rows: number,
  width: number,
): number[] {
  const corrected: number[] = [];
  for (let row = 0, at = from; row < rows; row++, at += width) {
    if (areFinite(spectra, at, width)) continue;
    const channels: number[] = [];
    for (let i = 0; i < width; i++) if (!Number.isFinite(spectra[at + i])) channels.push(i);
    if (channels.length > MOST_MASKED * width) continue;
    interpolateBadChannels(spectra, at, width, channels);
    corrected.push(row);
  }
  return corrected;
}
