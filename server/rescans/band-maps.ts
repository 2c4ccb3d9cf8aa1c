import { type EnergyAxis, energyOf } from '../../protocol/index.ts';
import { median } from '../analysis/math/median.ts';
import type { RegisteredMaps } from '../analysis/scan/registration.ts';
import type { CubeReader } from '../formats/cube.ts';

/** Energy bands that scans are compared in. */
const BANDS = 6;
/** Samples read at once. */
const READ_SAMPLES = 2 ** 20;

/** A stretch of a scan: rows y to y + height, columns x to x + width. */
export interface Stretch {
  y: number;
  x: number;
  height: number;
  width: number;
}

/** First channels of bands of equal width in ln E where the axis lies above 0 eV, else in E; one more says where the last one ends. */
export function bandEdges(energy: EnergyAxis, channels: number): number[] {
  const [low, high] = [energyOf(energy, 0), energyOf(energy, channels)];
  const count = Math.min(BANDS, channels);
  return Array.from({ length: count + 1 }, (_, band) => {
    const share = band / count;
    const at = low > 0 ? (low * (high / low) ** share - low) / (high - low) : share;
    return Math.min(Math.max(Math.round(at * channels), band), channels - count + band);
  });
}

/**
 * Maps of the counts in some energy bands, per unit of exposure.
 * @param edges of the bands, channels
 * @param exposure of the pixels of a row of the stretch; 0 where nothing is measured
 * @param passes that are complete at each pixel of the scan
 */
export async function readBandMaps(
  reader: CubeReader,
  edges: readonly number[],
  { y, x, height, width }: Stretch,
  exposure: (first: number, count: number) => ArrayLike<number>,
  passes?: Uint8Array,
): Promise<RegisteredMaps> {
  const { channels, shape } = reader.layout;
  const bands = edges.slice(1).map(() => new Float64Array(height * width));
  const most = Math.max(1, Math.floor(READ_SAMPLES / channels));
  const room = new Float64Array(Math.min(most, width) * channels);
  for (let row = 0; row < height; row++)
    for (let column = 0; column < width; column += most) {
      const count = Math.min(most, width - column);
      const first = (y + row) * shape[1] + x + column;
      await reader.read(first, count, 0, channels, room, passes);
      const exposed = exposure(first, count);
      for (let p = 0; p < count; p++)
        for (const [band, map] of bands.entries()) {
          let sum = 0;
          for (let i = p * channels + edges[band]; i < p * channels + edges[band + 1]; i++) sum += room[i];
          const rate = exposed[p] > 0 ? sum / exposed[p] : Number.NaN;
          map[row * width + column + p] = Number.isFinite(rate) ? rate : Number.NaN;
        }
    }
  return { shape: [height, width], bands, noise: bands.map((map) => noiseOf(map, width)) };
}

/** Variance of the noise of a pixel, from the differences of neighbours: half their squared robust deviation. */
function noiseOf(map: Float64Array, width: number): number {
  const differences = new Float64Array(map.length);
  let n = 0;
  for (let p = 1; p < map.length; p++) {
    const difference = Math.abs(map[p] - map[p - 1]);
    if (p % width !== 0 && !Number.isNaN(difference)) differences[n++] = difference;
  }
  const middle = median(differences.subarray(0, n));
  return middle >= 0 ? (1.4826 * middle) ** 2 / 2 : 0;
}
