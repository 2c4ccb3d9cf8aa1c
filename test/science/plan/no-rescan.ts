import { PLAN_TERMS, parseEdge } from '../../../protocol/index.ts';
import type { PlanEdge, PlanInput } from '../../../server/analysis/plan/plan-input.ts';
import { type PlannedRescan, pixelValues, planRescan } from '../../../server/analysis/plan/plan-rescan.ts';
import { edgeWindow } from '../../../server/analysis/windows/edge-window.ts';
import { fitEdge } from '../../../server/pipeline/fit/edge-fit.ts';
import { ANALYSIS_DEFAULTS } from '../../../server/pipeline/options.ts';
import { type FittedEdge, fitSimulated } from '../../support/fitted-scan.ts';
import { memoryCube } from '../../support/memory-cube.ts';
import { AXIS, CHANNELS, normals } from '../../support/synthetic-cube.ts';

/** What the product's own fit of an edge gives a plan. */
export function planEdge({ edge, fit }: Pick<FittedEdge, 'edge' | 'fit'>): PlanEdge {
  const { labels, novelty, decisions, signal } = fit;
  return { name: edge.name, labels, snr: signal.snr, intensity: signal.intensity, novelty, decisions };
}

function planFor(shape: [number, number], edges: PlanEdge[]): PlannedRescan {
  const n = shape[0] * shape[1];
  const input: PlanInput = {
    shape,
    exposure: new Float32Array(n).fill(1),
    missing: new Uint8Array(n),
    edges,
  };
  return planRescan(pixelValues(input), input, { budget: { unit: 'percent', value: 25 }, terms: PLAN_TERMS });
}

const SIDE = 48;

/** One phase, whose noise is shared by neighbouring channels. */
export async function pureNoise(seed: number): Promise<PlannedRescan> {
  const normal = normals(seed);
  const n = SIDE * SIDE;
  const spectra = new Float32Array(n * CHANNELS);
  for (let pixel = 0; pixel < n; pixel++) {
    const white = Float32Array.from({ length: CHANNELS + 2 }, () => normal());
    for (let i = 0; i < CHANNELS; i++) {
      const energy = AXIS.offset + AXIS.dispersion * i;
      const expected = 400 * (energy / 400) ** -3 * (energy >= 456 ? 1.6 : 1);
      const noise = (0.5 * white[i] + white[i + 1] + 0.5 * white[i + 2]) / Math.sqrt(1.5);
      spectra[pixel * CHANNELS + i] = expected + Math.sqrt(expected) * noise;
    }
  }
  const edge = parseEdge('Ti-L:456');
  const window = edgeWindow(edge, AXIS, CHANNELS);
  const shape: [number, number] = [SIDE, SIDE];
  const reader = memoryCube(spectra, shape, CHANNELS);
  const measured = new Uint8Array(n).fill(1);
  const fit = await fitEdge(
    { reader, window, shape, measured, seed: 1 },
    { ...ANALYSIS_DEFAULTS, decides: true },
  );
  return planFor(shape, [planEdge({ edge, fit })]);
}

/** The simulated anode at a high dose. */
export async function cleanAnode(seed: number, dose: number): Promise<PlannedRescan> {
  const fitted = await fitSimulated({ shape: [SIDE, SIDE], seed, dose }, 'Si-L,C-K,O-K', { decides: true });
  return planFor([SIDE, SIDE], fitted.map(planEdge));
}
