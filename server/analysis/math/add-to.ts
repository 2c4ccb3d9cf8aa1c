/** Element-wise sums += numbers. */
export function addTo(sums: Float64Array, numbers: Float64Array): void {
  for (let i = 0; i < sums.length; i++) sums[i] += numbers[i];
}
