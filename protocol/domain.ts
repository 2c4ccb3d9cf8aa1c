/** Values a colormap's ends stand for. */
export type Domain = readonly [number, number];

/** A limit may lie this share of the span away from where it would be put anew before it is moved. */
const TOLERANCE = 0.12;

/**
 * 1st to 99th percentile of the measured values (NaN is not measured), so that one dead pixel does not set the range.
 * Undefined when nothing is measured.
 */
export function percentileDomain(values: ArrayLike<number>, low = 0.01, high = 0.99): Domain | undefined {
  const sorted = Float32Array.from(values).filter(Number.isFinite).sort();
  if (sorted.length === 0) return undefined;
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))];
  return widened([at(low), at(high)]);
}

/** A domain of no width shows its one value in the middle. */
const widened = ([low, high]: Domain): Domain =>
  high > low ? [low, high] : [low - Math.max(Math.abs(low), 1) * 0.5, low + Math.max(Math.abs(low), 1) * 0.5];

/** [−m, m] over both limits: 0 is the colormap's centre. */
export function centredDomain(domain: Domain): Domain {
  const extent = Math.max(Math.abs(domain[0]), Math.abs(domain[1])) || 1;
  return [-extent, extent];
}

/** Keeps the limits of before while they are still good: a picture that grows must not flicker. */
export function steadyDomain(previous: Domain | undefined, next: Domain | undefined): Domain | undefined {
  if (previous === undefined || next === undefined) return next ?? previous;
  const span = Math.max(previous[1] - previous[0], next[1] - next[0]);
  const moved =
    Math.abs(next[0] - previous[0]) > TOLERANCE * span || Math.abs(next[1] - previous[1]) > TOLERANCE * span;
  return moved ? next : previous;
}
