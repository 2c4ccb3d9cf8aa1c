import { type Edge, type EnergyAxis, pixelCount, type Scan } from '../../protocol/index.ts';
import type { BackgroundMethod } from '../../server/analysis/windows/background-method.ts';
import { edgeWindow } from '../../server/analysis/windows/edge-window.ts';
import { calibrate } from '../../server/pipeline/fit/edge-calibration.ts';
import { fitSignal, type SignalFit } from '../../server/pipeline/fit/edge-model.ts';
import { FitPool } from '../../server/pipeline/fit/fit-pool.ts';
import { NetSpectra } from '../../server/pipeline/fit/net-spectra.ts';
import { memoryCube } from './memory-cube.ts';

/** Net signal and presence of one edge in spectra in memory, as at the end of a scan. */
export async function netSignal(
  spectra: Float32Array,
  { shape, energy, channels }: { shape: [number, number]; energy: EnergyAxis; channels: number },
  edge: Edge,
  background: BackgroundMethod = 'poisson',
): Promise<SignalFit> {
  const window = edgeWindow(edge, energy, channels, background);
  const measured = new Uint8Array(pixelCount({ shape } as Scan)).fill(1);
  const reader = memoryCube(spectra, shape, channels);
  const input = { reader, window, shape, measured, seed: 1, background };
  const pool = new FitPool();
  const calibration = await calibrate(input, pool);
  return fitSignal(input, pool, calibration, new NetSpectra(measured.length, 0));
}
