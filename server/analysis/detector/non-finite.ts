import { mendChannels } from './bad-channels.ts';

/** Of a spectrum with more than this share of samples that are no finite numbers nothing can be told. */
const MOST_MASKED = 0.25;

/** Whether all samples of a spectrum that starts at `from` are finite numbers. */
function areFinite(spectra: Float32Array, from: number, width: number): boolean {
  // Without a branch for each: what is no finite number, less itself, is none either.
  let sum = 0;
  for (let i = from; i < from + width; i++) sum += spectra[i] - spectra[i];
  return sum === 0;
}

/**
 * Puts the mean of the nearest finite neighbours in place of samples that are no finite numbers, as for dead channels. Spectra that
 * hold hardly anything else stay as they are.
 * @param spectra `rows` of `width` samples from `from` on
 * @returns the spectra, counted from `from`, that are mended now
 */
export function mendNonFinite(spectra: Float32Array, from: number, rows: number, width: number): number[] {
  const mended: number[] = [];
  for (let row = 0, at = from; row < rows; row++, at += width) {
    if (areFinite(spectra, at, width)) continue;
    const channels: number[] = [];
    for (let i = 0; i < width; i++) if (!Number.isFinite(spectra[at + i])) channels.push(i);
    if (channels.length > MOST_MASKED * width) continue;
    mendChannels(spectra, at, width, channels);
    mended.push(row);
  }
  return mended;
}
