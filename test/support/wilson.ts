const Z95 = 1.959964;

/** 95 % interval of a share, `hits` of `n` (Wilson, J. Am. Stat. Assoc. 22 (1927) 209). */
export function wilson(hits: number, n: number): [number, number] {
  const share = hits / n;
  const scale = 1 + Z95 ** 2 / n;
  const centre = (share + Z95 ** 2 / (2 * n)) / scale;
  const half = (Z95 / scale) * Math.sqrt((share * (1 - share)) / n + (Z95 / (2 * n)) ** 2);
  return [Math.max(0, centre - half), Math.min(1, centre + half)];
}
