import type { PixelSpan } from '../../sessions/passes/pixel-set.ts';

/** What is left of a span without the given ones, which lie in it in order. */
export function* spansBetween(
  { first, end }: PixelSpan,
  without: readonly PixelSpan[],
): Generator<PixelSpan> {
  let from = first;
  for (const span of without) {
    if (span.first > from) yield { first: from, end: span.first };
    from = span.end;
  }
  if (from < end) yield { first: from, end };
}

/** Runs of values that are numbers, within some spans. */
export function* spansWithValues(values: Float32Array, spans: readonly PixelSpan[]): Generator<PixelSpan> {
  for (const { first, end } of spans)
    for (let from = first; from < end; from++) {
      if (Number.isNaN(values[from])) continue;
      let to = from + 1;
      while (to < end && !Number.isNaN(values[to])) to++;
      yield { first: from, end: to };
      from = to;
    }
}
