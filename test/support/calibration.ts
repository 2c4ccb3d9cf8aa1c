/** How well stated probabilities of being wrong agree with what was wrong. */
export interface Calibration {
  /** Expected calibration error over ten equal bins. */
  error: number;
  /** Probability that a wrong one was called less certain than a right one; NaN when all are one or the other. */
  auroc: number;
  brier: number;
  /** Share of wrong ones, and the mean of what was stated. */
  wrong: number;
  stated: number;
  pixels: number;
}

export function calibration(stated: number[], wrong: boolean[]): Calibration {
  const n = stated.length;
  const bins = Array.from({ length: 10 }, () => 0);
  let brier = 0;
  stated.forEach((probability, i) => {
    const outcome = wrong[i] ? 1 : 0;
    bins[Math.min(9, Math.floor(10 * probability))] += probability - outcome;
    brier += (probability - outcome) ** 2 / n;
  });
  const order = stated.map((_, i) => i).sort((a, b) => stated[a] - stated[b]);
  let positives = 0;
  let ranks = 0;
  for (let i = 0; i < n; ) {
    let end = i;
    while (end < n && stated[order[end]] === stated[order[i]]) end++;
    const tied = order.slice(i, end).filter((at) => wrong[at]).length;
    positives += tied;
    ranks += (tied * (i + 1 + end)) / 2;
    i = end;
  }
  return {
    error: bins.reduce((sum, bin) => sum + Math.abs(bin), 0) / n,
    auroc: (ranks - (positives * (positives + 1)) / 2) / (positives * (n - positives)),
    brier,
    wrong: positives / n,
    stated: stated.reduce((sum, value) => sum + value, 0) / n,
    pixels: n,
  };
}
