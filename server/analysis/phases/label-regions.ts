/**
 * Sizes in pixels of the connected regions (8 neighbours) of each label of a map; labels below 0 are left out.
 * @param labels row-major
 * @returns by label, in the order of the regions' first pixels
 */
export function regionSizes(
  labels: Int16Array,
  [rows, columns]: readonly [number, number],
): Map<number, number[]> {
  const seen = new Uint8Array(labels.length);
  const open: number[] = [];
  const sizes = new Map<number, number[]>();
  for (let first = 0; first < labels.length; first++) {
    const label = labels[first];
    if (label < 0 || seen[first]) continue;
    seen[first] = 1;
    open.push(first);
    let size = 0;
    for (let pixel = open.pop(); pixel !== undefined; pixel = open.pop()) {
      size++;
      const row = Math.floor(pixel / columns);
      const column = pixel - row * columns;
      const [top, bottom] = [Math.max(0, row - 1), Math.min(rows - 1, row + 1)];
      const [left, right] = [Math.max(0, column - 1), Math.min(columns - 1, column + 1)];
      for (let y = top; y <= bottom; y++)
        for (let x = left; x <= right; x++) {
          const next = y * columns + x;
          if (seen[next] || labels[next] !== label) continue;
          seen[next] = 1;
          open.push(next);
        }
    }
    const known = sizes.get(label);
    if (known) known.push(size);
    else sizes.set(label, [size]);
  }
  return sizes;
}
