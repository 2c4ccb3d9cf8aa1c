/** Chebyshev coefficients, the highest order first. */
const SERIES = [
  0.17087277, -0.82215223, 1.48851587, -1.13520398, 0.27886807, -0.18628806, 0.09678418, 0.37409196,
  1.00002368, -1.26551223,
];

/** Complementary error function (Numerical Recipes' Chebyshev fit), relative error below 1.2e−7. */
function erfc(x: number): number {
  const t = 1 / (1 + 0.5 * Math.abs(x));
  let series = 0;
  for (let i = 0; i < SERIES.length; i++) series = series * t + SERIES[i];
  const value = t * Math.exp(-x * x + series);
  return x >= 0 ? value : 2 - value;
}

/** P(N(0, 1) < x). */
export const normalBelow = (x: number): number => erfc(-x / Math.SQRT2) / 2;

/** Logarithm of the density of N(0, variance) at x, but for −log √(2π). */
export const logDensity = (x: number, variance: number): number =>
  -((x * x) / variance + Math.log(variance)) / 2;

/** Half the nodes of Gauss and Legendre's quadrature of order 12, and their weights. */
const NODES = [
  0.1252334085114689, 0.3678314989981802, 0.5873179542866175, 0.7699026741943047, 0.9041172563704749,
  0.9815606342467192,
];
const WEIGHTS = [
  0.2491470458134028, 0.2334925365383548, 0.2031674267230659, 0.1600783285433462, 0.1069393259953184,
  0.0471753363865118,
];

/**
 * P(X < h and Y < k) of two standard normal numbers with a correlation, by Drezner and Wesolowsky's integral over the angle
 * (J. Stat. Comput. Simul. 35 (1990) 101). Error below 1e−6 for correlations up to 0.95.
 */
export function bothBelow(h: number, k: number, correlation: number): number {
  const half = Math.asin(correlation) / 2;
  let sum = 0;
  for (let i = 0; i < NODES.length; i++)
    for (let side = -1; side <= 1; side += 2) {
      const sine = Math.sin(half * (1 + side * NODES[i]));
      sum += WEIGHTS[i] * Math.exp(-(h * h + k * k - 2 * h * k * sine) / (2 * (1 - sine * sine)));
    }
  return normalBelow(h) * normalBelow(k) + (half * sum) / (2 * Math.PI);
}
