import { CHANNELS, normals, spectrum } from './synthetic-cube.ts';

/** Strength of the edge, 0.7 to 1.6 times the background, in bent patches of about seven pixels. */
function jumpAt(y: number, x: number): number {
  const field = Math.sin(y / 2.3 + 1.7 * Math.sin(x / 5)) + Math.sin(x / 2.9 + 1.3 * Math.sin(y / 4));
  return 1.15 + 0.45 * Math.tanh(2 * field);
}

/**
 * Rows of an area of a specimen in which the Ti-L edge is strong in patches of several pixels, no two alike: a rescan can be registered
 * with it. f32.
 * @param counts of a channel at 400 eV
 */
export function texturedRows(
  { y, x, height, width }: { y: number; x: number; height: number; width: number },
  counts: number,
  seed: number,
): Uint8Array[] {
  const normal = normals(seed);
  return Array.from({ length: height }, (_, row) => {
    const samples = new Float32Array(width * CHANNELS);
    for (let column = 0; column < width; column++) {
      samples.set(spectrum(normal, { counts, jump: jumpAt(y + row, x + column) }), column * CHANNELS);
    }
    return new Uint8Array(samples.buffer);
  });
}
