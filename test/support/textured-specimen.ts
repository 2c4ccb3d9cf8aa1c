import { CHANNELS, normals, spectrum } from './synthetic-cube.ts';

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
      const isRich = ((y + row) * 7 + (x + column) * 3) % 23 < 11 && (x + column) % 7 < 4;
      samples.set(spectrum(normal, { counts, jump: isRich ? 1.6 : 0.7 }), column * CHANNELS);
    }
    return new Uint8Array(samples.buffer);
  });
}
