import { describe, expect, it } from 'vitest';
import { edgeAt } from '../../../../protocol/index.ts';
import { PIXEL_FAULT, PixelFaults } from '../../../../server/pipeline/survey/pixel-faults.ts';

const ENERGY = { offset: 0, dispersion: 1, units: 'eV' } as const;
const edges = [edgeAt('Si-L', 99), edgeAt('C-K', 284)];
const FULL = 65_535;

function noted(cut: readonly number[], hasNumbers = true, saturation = FULL) {
  const faults = new Uint8Array(2);
  const spectrum = new Float32Array(600).fill(100);
  for (const channel of cut) spectrum[channel] = FULL;
  new PixelFaults(faults, edges, ENERGY, 600).note(1, spectrum, hasNumbers, saturation);
  expect(faults[0]).toBe(0);
  return faults[1];
}

describe('pixels that want to be measured again', () => {
  it('are those without numbers', () => expect(noted([], false)).toBe(PIXEL_FAULT.masked));

  it('are those that are cut off where edges are looked at', () => {
    expect(noted([100, 101, 102])).toBe(PIXEL_FAULT.saturated);
    // One sample is an x-ray, which is mended.
    expect(noted([100])).toBe(0);
    // A zero-loss peak that is cut off, and what lies beyond the last edge, are no matter.
    expect(noted([0, 1, 2, 3])).toBe(0);
    expect(noted([590, 591, 592])).toBe(0);
    expect(noted([100, 101, 102], true, FULL + 1)).toBe(0);
  });
});
