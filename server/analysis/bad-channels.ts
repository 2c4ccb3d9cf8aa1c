/** Spectra needed before a channel is called dead or hot. */
const SPECTRA_FOR_VERDICT = 200;

/**
 * Marks dead and hot channels of a sum spectrum: below a fifth or above five times the median of the two channels on
 * either side.
 * @param sums counts per channel over `spectra` spectra
 */
export function badChannels(sums: Float64Array, spectra: number): Uint8Array {
  const bad = new Uint8Array(sums.length);
  if (spectra < SPECTRA_FOR_VERDICT) return bad;
  for (let i = 0; i < sums.length; i++) {
    const around = [i - 2, i - 1, i + 1, i + 2].filter((j) => j >= 0 && j < sums.length).map((j) => sums[j]);
    around.sort((a, b) => a - b);
    const median = around[around.length >> 1];
    // Too few counts to tell a dead channel from an unlucky one.
    if (median < 5 * Math.sqrt(spectra)) continue;
    if (sums[i] < median / 5 || sums[i] > median * 5) bad[i] = 1;
  }
  return bad;
}

/**
 * Puts the mean of the nearest good neighbours in place of bad channels and of spikes (x-rays, cosmic rays): samples
 * more than twice and eight standard deviations above both neighbours two channels away.
 */
export function mendSpectrum(
  spectra: Float32Array,
  offset: number,
  length: number,
  bad: Uint8Array,
  gain: number,
): void {
  const at = (i: number) => spectra[offset + i];
  const mend = (i: number) => {
    let low = i - 1;
    let high = i + 1;
    while (low >= 0 && bad[low]) low--;
    while (high < length && bad[high]) high++;
    const below = low >= 0 ? at(low) : at(Math.min(high, length - 1));
    const above = high < length ? at(high) : below;
    spectra[offset + i] = (below + above) / 2;
  };
  for (let i = 0; i < length; i++) if (bad[i]) mend(i);
  for (let i = 2; i < length - 2; i++) {
    const around = Math.max(at(i - 2), at(i + 2), 0);
    if (at(i) > 2 * around + 8 * Math.sqrt(gain * (around + 1))) {
      spectra[offset + i] = (at(i - 2) + at(i + 2)) / 2;
    }
  }
}
