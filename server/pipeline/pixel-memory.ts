import type { PresentPixels } from './edge-classes.ts';

/** Room for indices of landmarks. */
export const neighbourTable = (length: number, landmarks: number): Uint16Array | Uint32Array =>
  landmarks <= 2 ** 16 ? new Uint16Array(length) : new Uint32Array(length);

/** What a live model keeps of every pixel, for classes that go on learning. */
export class PixelMemory {
  /** Components. */
  readonly dimension: number;
  /** Landmarks that place a pixel. */
  readonly voters: number;
  readonly scores: Float32Array;
  readonly precisions: Float64Array;
  readonly neighbours: Uint16Array | Uint32Array;

  constructor(pixels: number, dimension: number, voters: number, landmarks: number) {
    this.dimension = dimension;
    this.voters = voters;
    this.scores = new Float32Array(pixels * dimension);
    this.precisions = new Float64Array(pixels);
    this.neighbours = neighbourTable(pixels * voters, landmarks);
  }

  set(pixel: number, scores: Float32Array, precision: number, neighbours: ArrayLike<number>): void {
    this.scores.set(scores, pixel * this.dimension);
    this.precisions[pixel] = precision;
    this.neighbours.set(neighbours, pixel * this.voters);
  }

  /** Takes over pixels that are labelled, in the order of pixels. */
  fill(labels: Int16Array, { scores, precisions, neighbours }: PresentPixels): void {
    const { dimension: d, voters } = this;
    let i = 0;
    labels.forEach((label, pixel) => {
      if (label < 0) return;
      const near = neighbours.subarray(i * voters, (i + 1) * voters);
      this.set(pixel, scores.subarray(i * d, (i + 1) * d), precisions[i], near);
      i++;
    });
  }

  /** Of the pixels that are labelled, in the order of pixels, with their places in the plane. */
  gather(labels: Int16Array, embedding: Float32Array): PresentPixels & { pixels: Uint32Array } {
    const { dimension: d, voters } = this;
    let n = 0;
    for (const label of labels) if (label >= 0) n++;
    const pixels = new Uint32Array(n);
    const gathered = {
      pixels,
      scores: new Float32Array(n * d),
      dimension: d,
      precisions: new Float64Array(n),
      neighbours: this.neighbours.slice(0, n * voters),
      plane: new Float32Array(2 * n),
    };
    let i = 0;
    labels.forEach((label, pixel) => {
      if (label < 0) return;
      pixels[i] = pixel;
      gathered.scores.set(this.scores.subarray(pixel * d, (pixel + 1) * d), i * d);
      gathered.precisions[i] = this.precisions[pixel];
      gathered.neighbours.set(this.neighbours.subarray(pixel * voters, (pixel + 1) * voters), i * voters);
      gathered.plane.set(embedding.subarray(2 * pixel, 2 * pixel + 2), 2 * i);
      i++;
    });
    return gathered;
  }
}
