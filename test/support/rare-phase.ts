import { edgeAt } from '../../protocol/index.ts';
import { AXIS, CHANNELS, normals } from './synthetic-cube.ts';

/** Rows and columns of the cubes below. */
export const SIDE = 40;
export const EDGE = edgeAt('Ti-L', 456);

/** A power law with a step at the onset and a peak behind it. */
function phase(normal: () => number, onset: number, peak: number): Float32Array {
  return Float32Array.from({ length: CHANNELS }, (_, i) => {
    const energy = AXIS.offset + AXIS.dispersion * i;
    const step = energy >= onset ? 0.6 + peak * Math.exp(-0.5 * ((energy - onset - 4) / 2) ** 2) : 0;
    const expected = 500 * (energy / 400) ** -3 * (1 + step);
    return expected + Math.sqrt(expected) * normal();
  });
}

/** Two phases side by side and a third in some pixels. */
export const mixed = (third: Set<number>, seed: number) => {
  const normal = normals(seed);
  return (pixel: number) =>
    third.has(pixel)
      ? phase(normal, 466, 1.4)
      : pixel % SIDE < SIDE / 2
        ? phase(normal, 456, 0)
        : phase(normal, 456, 1.2);
};

/** Two phases, told by pixel. */
export const twoPhases = (isFirst: (pixel: number) => boolean, seed: number) => {
  const normal = normals(seed);
  return (pixel: number) => phase(normal, 456, isFirst(pixel) ? 0 : 1.2);
};

/** 4 × 4 pixels (1 %) in the last tenth of the rows. */
export const LATE = new Set(Array.from({ length: 16 }, (_, i) => (36 + (i >> 2)) * SIDE + 7 + (i & 3)));
/** 12 pixels (0.75 %) that do not touch. */
export const SCATTERED = new Set(
  Array.from({ length: 12 }, (_, i) => (3 + 3 * i) * SIDE + ((7 * i) % 36) + 2),
);
