/**
 * Residual of an edge without mean, slope and curvature (discrete Legendre polynomials by Gram–Schmidt): its near-edge
 * structure. Every edge rises and falls, and plural scattering and an imperfect background change just that.
 */
export function withoutTrend(values: Float64Array): Float64Array {
  const rest = Float64Array.from(values);
  for (const unit of parabolas(values.length)) subtractProjection(rest, unit);
  return rest;
}

/** Orthonormal polynomials of degree 0 to 2 on `length` points. */
function parabolas(length: number): Float64Array[] {
  const known = bases.get(length);
  if (known) return known;
  const basis: Float64Array[] = [];
  for (let degree = 0; degree <= 2; degree++) {
    const next = Float64Array.from({ length }, (_, i) => ((2 * i) / Math.max(1, length - 1) - 1) ** degree);
    for (const unit of basis) subtractProjection(next, unit);
    const size = Math.sqrt(squares(next));
    if (size > 1e-9) basis.push(next.map((value) => value / size));
  }
  bases.set(length, basis);
  return basis;
}

/** Windows have few lengths, and each is needed many thousand times. */
const bases = new Map<number, Float64Array[]>();

/**
 * Normalised to length 1: the dot product of two structures is Pearson's correlation, without mean, slope and
 * curvature.
 */
export function structure(values: Float64Array): Float64Array {
  const rest = withoutTrend(values);
  const length = Math.sqrt(squares(rest));
  return rest.map((value) => (length > 0 ? value / length : 0));
}

export const squares = (values: Float64Array): number => dot(values, values);

export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

function subtractProjection(values: Float64Array, unit: Float64Array): void {
  const along = dot(values, unit);
  for (let i = 0; i < values.length; i++) values[i] -= along * unit[i];
}
