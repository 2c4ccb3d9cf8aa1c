import { describe, expect, it } from 'vitest';
import { type EnergyAxis, parseEdge, parseEdges } from '../../../../protocol/index.ts';
import { relevantEdges, standingEdges } from '../../../../server/analysis/windows/standing-edges.ts';
import { detectorCounts, edgeShape } from '../../../support/detector-cube.ts';

const AXIS: EnergyAxis = { offset: 600, dispersion: 0.3, units: 'eV' };
const CHANNELS = 1000;
const SMEARS = [[1], [0.15, 0.7, 0.15], [0.05, 0.2, 0.5, 0.2, 0.05]];

/** Sum over 64 simulated spectra. */
function sumOf(
  seed: number,
  { fe = 0, level = 400, gain = 1, pattern = 0, smear = [1] as readonly number[] },
) {
  const spectra = detectorCounts({
    shape: [8, 8],
    energy: AXIS,
    channels: CHANNELS,
    mean: (ev) =>
      level * (ev / 700) ** -3 * (1 + fe * edgeShape(ev, 708, 2, 1.5)) +
      0.15 * level * edgeShape(ev, 779, 2, 1.5),
    gain,
    pattern,
    smear,
    seed,
  });
  const counts = new Float64Array(CHANNELS);
  for (const [i, value] of spectra.entries()) counts[i % CHANNELS] += value;
  return { counts, bad: new Uint8Array(CHANNELS), energy: AXIS, gain };
}

describe('edges that nobody asked for', () => {
  it('are found where they are, at gains and point spreads of detectors', () => {
    for (const [seed, smear] of SMEARS.entries())
      for (const gain of [1, 30]) {
        const [found, ...rest] = standingEdges(sumOf(seed, { fe: 0.08, gain, smear }), parseEdges('Co-L'));
        expect(rest).toEqual([]);
        expect(found.name).toBe('Fe-L');
        expect(found.jump).toBeGreaterThan(0.02);
      }
  });

  it('are not made of noise, nor of a fixed pattern', () => {
    let wrong = 0;
    for (let seed = 0; seed < 100; seed++) {
      const smear = SMEARS[seed % 3];
      const sum = sumOf(seed, { gain: [1, 9, 300][seed % 3], pattern: 0.01 * (seed % 2), smear });
      wrong += standingEdges(sum, parseEdges('Co-L')).length;
    }
    expect(wrong).toBeLessThanOrEqual(1);
  });

  it('are not sought within the structure of those asked for, nor where they do not matter', () => {
    const names = (list: string) => relevantEdges(parseEdges(list)).map(({ name }) => name);
    expect(names('Co-L')).toEqual(['F-K', 'Fe-L', 'La-M']);
    expect(names('C-K')).not.toContain('K-L');
    expect(relevantEdges([parseEdge('Al-K')])).toEqual([]);
  });
});
