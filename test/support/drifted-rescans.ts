import type { RegisteredMaps } from '../../server/analysis/scan/registration.ts';
import { DOSES } from '../../server/microscope/simulation-options.ts';
import { bandEdges } from '../../server/rescans/band-maps.ts';
import { type Spectra, simulatedPasses } from './scan-parts-in-files.ts';

/** So many pixels of the simulation, along each side, make one of a scan: it can be shifted by thirds of a pixel. */
export const FINE = 3;

/**
 * Maps of a simulated scan of `size` × `size` pixels, and of rescans of parts of it, which were recorded apart.
 * @param dose of the default one
 * @param margin pixels around the scan that rescans may drift to
 */
export function driftedRescans(size: number, seed: number, dose: number, margin = 0) {
  const side = size + 2 * margin;
  const [first, second] = simulatedPasses({
    shape: [FINE * side, FINE * side],
    seed,
    // Both passes share the dose, and the pixels of the simulation that of a pixel of the scan.
    dose: (2 * dose * DOSES.default[0]) / FINE ** 2,
    passes: 2,
    driftEv: 0,
  });
  const edges = bandEdges(first.energy, first.channels);
  /** @param y first row and @param x first column, in thirds of a pixel of the scan */
  const binned = (
    { counts, channels }: Spectra,
    y: number,
    x: number,
    height: number,
    width: number,
  ): RegisteredMaps => {
    const bands = edges.slice(1).map(() => new Float64Array(height * width));
    for (let row = 0; row < FINE * height; row++)
      for (let column = 0; column < FINE * width; column++) {
        const at = ((FINE * margin + y + row) * FINE * side + FINE * margin + x + column) * channels;
        const pixel = Math.floor(row / FINE) * width + Math.floor(column / FINE);
        for (const [band, map] of bands.entries())
          for (let i = edges[band]; i < edges[band + 1]; i++) map[pixel] += counts[at + i];
      }
    return {
      shape: [height, width],
      bands,
      noise: bands.map((map) => map.reduce((sum, value) => sum + value, 0) / map.length),
    };
  };
  return {
    scan: binned(first, 0, 0, size, size),
    rescan: (y: number, x: number, [height, width]: readonly [number, number]) =>
      binned(second, y, x, height, width),
  };
}
