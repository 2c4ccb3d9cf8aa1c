/**
 * What is left of an edge without mean, slope and curvature (discrete Legendre polynomials by Gram–Schmidt): its near-edge
 * structure. Every edge rises and falls, and plural scattering and an imperfect background change just that.
 */
export function withoutTrend(values: Float64Array): Float64Array {
  let rest = values;
  const basis: Float64Array[] = [];
  for (let degree = 0; degree <= 2; degree++) {
    let next: Float64Array = values.map((_, i) => ((2 * i) / Math.max(1, values.length - 1) - 1) ** degree);
    for (const known of basis) next = minusProjection(next, known);
    const length = Math.sqrt(squares(next));
    if (!(length > 1e-9)) continue;
    next = next.map((value) => value / length);
    basis.push(next);
    rest = minusProjection(rest, next);
  }
  return rest;
}

/** Of length 1: the dot product of two structures is Pearson's correlation, mean, slope and curvature taken out. */
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

function minusProjection(values: Float64Array, unit: Float64Array): Float64Array {
  const along = dot(values, unit);
  return values.map((value, i) => value - along * unit[i]);
}
