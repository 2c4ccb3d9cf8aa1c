import { RandomStream } from './random.ts';

/**
 * Smooth random field over the plane with mean 0 and variance near 1: random values on a square lattice of the given
 * spacing, joined by cubic B-splines. A function of position alone, so that any pixel grid samples the same field.
 */
export function smoothNoise(
  seed: number,
  purpose: number,
  spacing: number,
): (x: number, y: number) => number {
  const random = new RandomStream(0);
  const known = new Map<number, number>();
  const lattice = (column: number, row: number): number => {
    const key = (row + 4096) * 8192 + column + 4096;
    let value = known.get(key);
    if (value === undefined) {
      value = random.reset(seed, key, purpose).normal();
      known.set(key, value);
    }
    return value;
  };
  const weights = (t: number): [number, number, number, number] => [
    (1 - t) ** 3 / 6,
    (3 * t ** 3 - 6 * t ** 2 + 4) / 6,
    (-3 * t ** 3 + 3 * t ** 2 + 3 * t + 1) / 6,
    t ** 3 / 6,
  ];
  return (x, y) => {
    const column = Math.floor(x / spacing);
    const row = Math.floor(y / spacing);
    const across = weights(x / spacing - column);
    const down = weights(y / spacing - row);
    let value = 0;
    for (let j = 0; j < 4; j++)
      for (let i = 0; i < 4; i++) value += down[j] * across[i] * lattice(column + i - 1, row + j - 1);
    // The splines' weights take the variance down to about 0.48² of the lattice's (squared weights, averaged).
    return value / 0.48;
  };
}
