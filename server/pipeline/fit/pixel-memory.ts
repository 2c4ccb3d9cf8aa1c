import { type Memory, zeros } from '../../analysis/math/memory.ts';
import type { PresentPixels } from './edge-classes.ts';

/** Room for indices of landmarks. */
export const neighbourTable = (
  length: number,
  landmarks: number,
  memory: Memory,
): Uint16Array | Uint32Array =>
  landmarks <= 2 ** 16 ? zeros(Uint16Array, length, memory) : zeros(Uint32Array, length, memory);

/** Data kept per pixel under a model, for classes that are still learning; in shared memory. */
export interface PixelMemory {
  /** Components. */
  dimension: number;
  /** Landmarks that place a pixel. */
  neighboursPerPixel: number;
  /** pixels × dimension. */
  scores: Float32Array;
  precisions: Float64Array;
  /** pixels × voters. */
  neighbours: Uint16Array | Uint32Array;
  /** Of each pixel, where the model was fitted on pixels that are exposed unequally. */
  exposures?: Float32Array;
}

/** Room for `pixels` of a scan. */
export function pixelMemory(
  pixels: number,
  dimension: number,
  neighboursPerPixel: number,
  landmarks: number,
  isUneven: boolean,
): PixelMemory {
  const shared = (bytes: number) => new SharedArrayBuffer(bytes);
  return {
    dimension,
    neighboursPerPixel,
    scores: new Float32Array(shared(4 * pixels * dimension)),
    precisions: new Float64Array(shared(8 * pixels)),
    neighbours: neighbourTable(pixels * neighboursPerPixel, landmarks, shared),
    ...(isUneven && { exposures: new Float32Array(shared(4 * pixels)) }),
  };
}

/** Takes over pixels that are labelled, in the order of pixels. */
export function storePixels(
  memory: PixelMemory,
  labels: Int16Array,
  { scores, precisions, neighbours, exposures }: PresentPixels,
): void {
  const { dimension: d, neighboursPerPixel } = memory;
  for (let pixel = 0, i = 0; pixel < labels.length; pixel++) {
    if (labels[pixel] < 0) continue;
    for (let c = 0; c < d; c++) memory.scores[pixel * d + c] = scores[i * d + c];
    for (let v = 0; v < neighboursPerPixel; v++)
      memory.neighbours[pixel * neighboursPerPixel + v] = neighbours[i * neighboursPerPixel + v];
    if (memory.exposures && exposures) memory.exposures[pixel] = exposures[i];
    memory.precisions[pixel] = precisions[i++];
  }
}

/** Pixels that are labelled, in the order of pixels, with their places in the embedding. */
export function storedPixels(
  memory: PixelMemory,
  labels: Int16Array,
  embedding: Float32Array,
): PresentPixels & { pixels: Uint32Array; embedding: Float32Array } {
  const { dimension: d, neighboursPerPixel } = memory;
  let n = 0;
  for (const label of labels) if (label >= 0) n++;
  const seen = {
    pixels: new Uint32Array(n),
    scores: new Float32Array(n * d),
    dimension: d,
    precisions: new Float64Array(n),
    neighbours: memory.neighbours.slice(0, n * neighboursPerPixel),
    embedding: new Float32Array(2 * n),
    ...(memory.exposures && { exposures: new Float32Array(n) }),
  };
  for (let pixel = 0, i = 0; pixel < labels.length; pixel++) {
    if (labels[pixel] < 0) continue;
    seen.pixels[i] = pixel;
    for (let c = 0; c < d; c++) seen.scores[i * d + c] = memory.scores[pixel * d + c];
    for (let v = 0; v < neighboursPerPixel; v++)
      seen.neighbours[i * neighboursPerPixel + v] = memory.neighbours[pixel * neighboursPerPixel + v];
    seen.precisions[i] = memory.precisions[pixel];
    if (memory.exposures && seen.exposures) seen.exposures[i] = memory.exposures[pixel];
    seen.embedding[2 * i] = embedding[2 * pixel];
    seen.embedding[2 * i + 1] = embedding[2 * pixel + 1];
    i++;
  }
  return seen;
}
