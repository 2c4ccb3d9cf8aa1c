import { describe, expect, it } from 'vitest';
import { PHASES } from '../../../server/microscope/cross-sections.ts';
import { createPhantom, type Phantom } from '../../../server/microscope/phantom.ts';
import { totalThickness } from '../../../server/microscope/spectrum.ts';

const at = ({ thicknessNm }: Phantom, pixel: number): Float32Array =>
  thicknessNm.subarray(pixel * PHASES.length, (pixel + 1) * PHASES.length);

/** Pixels of at least 85 % one phase, by phase, and vacuum last; over the rows [0, rows). */
function purePixels(phantom: Phantom, rows = phantom.shape[0]): number[] {
  const counts = new Array<number>(PHASES.length + 1).fill(0);
  for (let pixel = 0; pixel < rows * phantom.shape[1]; pixel++) {
    const thickness = at(phantom, pixel);
    const total = totalThickness(thickness);
    const largest = Math.max(...thickness);
    if (total < 2) counts[PHASES.length]++;
    else if (largest >= 0.85 * total) counts[thickness.indexOf(largest)]++;
  }
  return counts;
}

describe('the simulated specimen', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('has pure pixels of every phase and vacuum, seed %d', (seed) => {
    const phantom = createPhantom({ shape: [128, 128], seed });
    for (const count of purePixels(phantom)) expect(count).toBeGreaterThanOrEqual(150);
    // Half a scan meets every phase, too.
    for (const count of purePixels(phantom, 64).slice(0, PHASES.length)) expect(count).toBeGreaterThan(60);
  });

  it.each([
    [48, 48],
    [65, 70],
    [40, 160],
    [512, 512],
  ])('holds every phase at %d × %d', (rows, columns) => {
    const phantom = createPhantom({ shape: [rows, columns], seed: 1 });
    const scale = (rows * columns) / 128 ** 2;
    for (const count of purePixels(phantom)) expect(count).toBeGreaterThanOrEqual(150 * scale * 0.4);
    expect(phantom.pixelSizeNm * Math.sqrt(rows * columns)).toBeCloseTo(256, 6);
  });

  it('has thicknesses of a lamella: never negative, none beyond 90 nm', () => {
    const phantom = createPhantom({ shape: [96, 96], seed: 5 });
    expect(phantom.thicknessNm.every((value) => value >= 0)).toBe(true);
    let most = 0;
    for (let pixel = 0; pixel < 96 * 96; pixel++) most = Math.max(most, totalThickness(at(phantom, pixel)));
    expect(most).toBeGreaterThan(45);
    expect(most).toBeLessThan(90);
  });

  it('is the same on a finer grid', () => {
    const coarse = createPhantom({ shape: [64, 64], seed: 2, probeSigmaPixels: 0 });
    const fine = createPhantom({ shape: [192, 192], seed: 2, probeSigmaPixels: 0 });
    // Every third pixel of the fine grid has its centre where a coarse pixel has.
    for (let row = 0; row < 64; row += 5)
      for (let column = 0; column < 64; column++)
        at(coarse, row * 64 + column).forEach((value, phase) => {
          expect(at(fine, (3 * row + 1) * 192 + 3 * column + 1)[phase]).toBeCloseTo(value, 3);
        });
  });

  it('differs from seed to seed and repeats with one', () => {
    const [a, b, c] = [1, 1, 2].map((seed) => createPhantom({ shape: [48, 48], seed }).thicknessNm);
    expect(b).toEqual(a);
    expect(c).not.toEqual(a);
  });

  it('is blurred by the probe without losing matter inside the field', () => {
    const options = { shape: [96, 96] as [number, number], seed: 3 };
    const sharp = createPhantom({ ...options, probeSigmaPixels: 0 }).thicknessNm;
    const seen = createPhantom(options).thicknessNm;
    const sum = (values: Float32Array) => values.reduce((a, b) => a + b);
    expect(sum(seen) / sum(sharp)).toBeCloseTo(1, 2);
    const row = 96 * PHASES.length;
    const steepest = (values: Float32Array) =>
      values.reduce((most, value, i) => Math.max(most, Math.abs(value - (values[i - row] ?? value))), 0);
    expect(steepest(seen)).toBeLessThan(0.85 * steepest(sharp));
  });
});
