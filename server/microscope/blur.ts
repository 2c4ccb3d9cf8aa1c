/** Gaussian blur of interleaved maps; at the field's border the weights inside it are renormalised. */
export function blurred(
  maps: Float32Array,
  [rows, columns]: [number, number],
  depth: number,
  sigma: number,
): Float32Array {
  if (!(sigma > 0)) return maps;
  const reach = Math.ceil(4 * sigma);
  const weights = Array.from({ length: 2 * reach + 1 }, (_, i) =>
    Math.exp(-0.5 * ((i - reach) / sigma) ** 2),
  );
  const along = (source: Float32Array, length: number, stride: number, starts: number[]): Float32Array => {
    const target = new Float32Array(source.length);
    for (const start of starts)
      for (let i = 0; i < length; i++) {
        let total = 0;
        for (let k = -reach; k <= reach; k++) {
          if (i + k < 0 || i + k >= length) continue;
          const weight = weights[k + reach];
          total += weight;
          for (let d = 0; d < depth; d++)
            target[start + i * stride + d] += weight * source[start + (i + k) * stride + d];
        }
        for (let d = 0; d < depth; d++) target[start + i * stride + d] /= total;
      }
    return target;
  };
  const rowStarts = Array.from({ length: rows }, (_, row) => row * columns * depth);
  const columnStarts = Array.from({ length: columns }, (_, column) => column * depth);
  return along(along(maps, columns, depth, rowStarts), rows, columns * depth, columnStarts);
}

/**
 * Gaussian blur by which a pixel of the field gets nothing from beyond it, as if the field ended the maps; pixels beyond it get
 * what is there.
 */
export function blurredInside(
  maps: Float32Array,
  shape: [number, number],
  depth: number,
  sigma: number,
  isInside: (row: number, column: number) => boolean,
): Float32Array {
  const plain = blurred(maps, shape, depth, sigma);
  const inside = Float32Array.from({ length: shape[0] * shape[1] }, (_, pixel) =>
    isInside(Math.floor(pixel / shape[1]), pixel % shape[1]) ? 1 : 0,
  );
  if (inside.every((value) => value === 1)) return plain;
  const masked = blurred(
    maps.map((value, i) => value * inside[Math.floor(i / depth)]),
    shape,
    depth,
    sigma,
  );
  const share = blurred(inside, shape, 1, sigma);
  return plain.map((value, i) => {
    const pixel = Math.floor(i / depth);
    return inside[pixel] === 1 ? masked[i] / share[pixel] : value;
  });
}

/** Interleaved maps without `margin` pixels all round. */
export function cropped(
  maps: Float32Array,
  [, from]: readonly [number, number],
  [rows, columns]: readonly [number, number],
  margin: number,
  depth: number,
): Float32Array {
  const out = new Float32Array(rows * columns * depth);
  for (let row = 0; row < rows; row++) {
    const start = ((row + margin) * from + margin) * depth;
    out.set(maps.subarray(start, start + columns * depth), row * columns * depth);
  }
  return out;
}
