import type { StoredArray } from '../signals/stored-signal.ts';

/**
 * An array without those of its axes that have a single place.
 * @param kept the others, ascending
 */
export function withoutAxes(array: StoredArray, kept: readonly number[]): StoredArray {
  if (kept.length === array.shape.length) return array;
  const keep = (sizes: readonly number[]) => kept.map((axis) => sizes[axis]);
  return {
    place: array.place,
    name: array.name,
    type: array.type,
    shape: keep(array.shape),
    pieceShape: keep(array.pieceShape),
    stamp: () => array.stamp(),
    async readPiece(index) {
      const whole = array.shape.map((_, axis) => index[kept.indexOf(axis)] ?? 0);
      const piece = await array.readPiece(whole);
      return piece && { samples: piece.samples, strides: keep(piece.strides) };
    },
  };
}
