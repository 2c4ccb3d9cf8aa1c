/** Splits `count` items into parts of `size`; the last one may be shorter. */
export function* parts(count: number, size: number): Generator<{ from: number; rows: number }> {
  for (let from = 0; from < count; from += size) yield { from, rows: Math.min(size, count - from) };
}
