/** Whether `count` samples from `from` on are finite numbers: then so is their sum, which float64 cannot overflow. */
export function allFinite(spectra: Float32Array, from: number, count: number): boolean {
  let sum = 0;
  for (let i = from; i < from + count; i++) sum += spectra[i];
  return Number.isFinite(sum);
}
