import { describe, expect, it } from 'vitest';
import { parseEdges } from '../../../protocol/index.ts';
import { edgeWindow } from '../../../server/analysis/edge-window.ts';
import { OnsetDriftEstimator } from '../../../server/analysis/onset-drift.ts';
import { SimulatedScan } from '../../../server/microscope/scan.ts';

const SIDE = 64;
const EDGES = parseEdges('Si-L,C-K,O-K');

/** Residuals of the shifts of all pixels against the simulated drift, eV, and what is stated of them. */
function followed(seed: number, driftEv: number, dead = true) {
  const scan = new SimulatedScan({ shape: [SIDE, SIDE], seed, driftEv, lowLoss: false });
  const { channels, energy } = scan.model.core;
  const windows = EDGES.map((edge) => edgeWindow(edge, energy, channels));
  const estimator = new OnsetDriftEstimator(windows, [SIDE, SIDE]);
  for (let row = 0; row < SIDE; row++) {
    const spectra = Float64Array.from(scan.row(row).core);
    for (let p = 0; p < SIDE; p++)
      estimator.add(row * SIDE + p, spectra.subarray(p * channels, (p + 1) * channels), 1);
  }
  const bad = new Uint8Array(channels);
  if (dead) bad[437] = 1;
  const drift = estimator.estimate(bad, energy.dispersion, 1);
  if (!drift) throw new Error('no drift found');
  const shifts = new Float32Array(SIDE * SIDE);
  estimator.writeShifts(drift, shifts);
  const residual = shifts.map((shift, pixel) => shift - scan.driftAt(pixel));
  const mean = residual.reduce((sum, value) => sum + value, 0) / residual.length;
  const centred = residual.map((value) => value - mean);
  return {
    edge: EDGES[drift.window].name,
    rms: Math.sqrt(centred.reduce((sum, value) => sum + value * value, 0) / centred.length),
    worst: centred.reduce((most, value) => Math.max(most, Math.abs(value)), 0),
    uncertainty: drift.uncertainty,
    range: Math.max(...shifts) - Math.min(...shifts),
  };
}

describe('the drift of a scan without a low loss', () => {
  it.each([1, 2, 3, 4])('is followed over 4 eV to a tenth of an eV, two at most (seed %d)', (seed) => {
    const { edge, rms, worst, uncertainty } = followed(seed, 4);
    console.log(
      `by ${edge}: rms ${rms.toFixed(3)}, worst ${worst.toFixed(3)}, stated ${uncertainty.toFixed(3)} eV`,
    );
    // The silicon phases shift their onset by 5 eV and would be followed astray.
    expect(edge).toBe('C-K');
    expect(rms).toBeLessThanOrEqual(0.1);
    expect(worst).toBeLessThanOrEqual(0.2);
    expect(uncertainty / rms).toBeGreaterThan(0.7);
    expect(uncertainty / rms).toBeLessThan(3);
  });

  it('is not made of the specimen where there is none', () => {
    const { range, uncertainty } = followed(2, 0);
    expect(range).toBeLessThan(4 * uncertainty);
  });

  it('is not known from a few rows', () => {
    const scan = new SimulatedScan({ shape: [2, 2], lowLoss: false });
    const { channels, energy } = scan.model.core;
    const estimator = new OnsetDriftEstimator([edgeWindow(EDGES[1], energy, channels)], [64, 2]);
    const spectra = Float64Array.from(scan.row(0).core);
    for (let p = 0; p < 2; p++) estimator.add(p, spectra.subarray(p * channels, (p + 1) * channels), 1);
    expect(estimator.estimate(new Uint8Array(channels), energy.dispersion, 1)).toBeUndefined();
  });
});
