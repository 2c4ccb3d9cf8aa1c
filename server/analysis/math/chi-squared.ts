/** P[χ² with `freedom` degrees of freedom ≥ x] = Q(freedom/2, x/2), by DLMF 8.11.4 and 8.9.2; 1 for x ≤ 0. */
export function chiSquaredSurvival(x: number, freedom: number): number {
  if (x <= 0) return 1;
  const a = freedom / 2;
  const z = x / 2;
  const scale = Math.exp(a * Math.log(z) - z - lnGammaOfHalf(freedom));
  return z < a + 1 ? 1 - scale * series(a, z) : scale * fraction(a, z);
}

/** |Z| that a standard normal variable exceeds with probability `alpha`. */
export function normalCritical(alpha: number): number {
  let [low, high] = [0, 40];
  for (let step = 0; step < 80; step++) {
    const middle = (low + high) / 2;
    if (chiSquaredSurvival(middle * middle, 1) > alpha) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** ln Γ(twice/2), from Γ(1) = 1 and Γ(1/2) = √π. */
function lnGammaOfHalf(twice: number): number {
  let result = twice % 2 === 0 ? 0 : Math.log(Math.PI) / 2;
  for (let k = twice % 2 === 0 ? 2 : 1; k < twice; k += 2) result += Math.log(k / 2);
  return result;
}

/** Σ_n z^n / (a(a + 1)…(a + n)). */
function series(a: number, z: number): number {
  let term = 1 / a;
  let total = term;
  for (let n = 1; term > total * 1e-17; n++) {
    term *= z / (a + n);
    total += term;
  }
  return total;
}

/** 1/(z + 1 − a − 1(1 − a)/(z + 3 − a − …)), evaluated by Lentz's method. */
function fraction(a: number, z: number): number {
  const tiny = 1e-300;
  let b = z + 1 - a;
  let c = 1 / tiny;
  let d = 1 / b;
  let result = d;
  for (let n = 1; n < 10_000; n++) {
    const factor = -n * (n - a);
    b += 2;
    d = 1 / nonZero(factor * d + b, tiny);
    c = nonZero(b + factor / c, tiny);
    result *= d * c;
    if (Math.abs(d * c - 1) < 1e-15) break;
  }
  return result;
}

const nonZero = (value: number, tiny: number): number => (Math.abs(value) < tiny ? tiny : value);
