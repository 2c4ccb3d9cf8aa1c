import type { StoredAxis } from '../signals/stored-signal.ts';

/** Points this far from where they should be, in steps, are not at equal distances. */
const TOLERANCE = 0.1;

/** Offset and step of points at equal distances; undefined where they are not, or fewer than two. */
export function evenScale(values: unknown): StoredAxis['scale'] {
  if (!Array.isArray(values) || values.length < 2) return undefined;
  const points = values.map(Number);
  const [offset] = points;
  const step = (points[points.length - 1] - offset) / (points.length - 1);
  if (!Number.isFinite(offset) || !Number.isFinite(step) || step === 0) return undefined;
  const even = points.every(
    (point, index) => Math.abs(point - offset - index * step) <= TOLERANCE * Math.abs(step),
  );
  return even ? { offset, step } : undefined;
}
