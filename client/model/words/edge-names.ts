/** `Si-L` → `Si` where no other edge of the run has the same element, for narrow places. */
export function shortName(edge: string, all: readonly string[]): string {
  const element = edge.split('-')[0];
  return all.filter((other) => other.split('-')[0] === element).length > 1 ? edge : element;
}

/** `Si-L~C-K` → `Si × C`. */
export const shortPair = (pair: string, all: readonly string[]): string =>
  pair
    .split('~')
    .map((edge) => shortName(edge, all))
    .join(' × ');
