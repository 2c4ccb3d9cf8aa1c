/** Scores of a simulated scan, for embedding.py: `npx tsx test/oracle/embedding-scores.ts <folder of the scan> <out.json>`. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseEdges } from '../../protocol/index.ts';
import { chooseLandmarks } from '../../server/analysis/embedding/landmarks.ts';
import { edgeWindow } from '../../server/analysis/windows/edge-window.ts';
import { openScanFile } from '../../server/formats/formats.ts';
import { openCube } from '../../server/formats/reading/cube-reader.ts';
import { calibrate } from '../../server/pipeline/fit/edge-calibration.ts';
import { fitSignal, presentScores, scoresOf } from '../../server/pipeline/fit/edge-model.ts';
import { FitPool } from '../../server/pipeline/fit/fit-pool.ts';
import { NetSpectra } from '../../server/pipeline/fit/net-spectra.ts';

/** Small enough to be committed. */
const DIMENSION = 6;
const LANDMARKS = 600;
const PIXELS = 300;

const [folder, out] = process.argv.slice(2);
const { scan, core } = await openScanFile(join(folder, 'simulated-anode.rpl'));
const reader = await openCube(core);
const cases: unknown[] = [];
const pool = new FitPool();
for (const edge of parseEdges('Si-L,C-K')) {
  const window = edgeWindow(edge, scan.energy, scan.channels);
  const measured = new Uint8Array(scan.shape[0] * scan.shape[1]).fill(1);
  const input = { reader, window, shape: scan.shape, measured, seed: 1 };
  const kept = new NetSpectra(measured.length);
  const signal = await fitSignal(input, pool, await calibrate(input, pool), kept);
  if (!signal.basis) throw new Error(`${edge.name} is not there`);
  const found = await presentScores(input, pool, signal, signal.basis, kept);
  const chosen = chooseLandmarks(signal.present, scan.shape, LANDMARKS + PIXELS, input.seed);
  const scores = scoresOf(found, chosen);
  const from = signal.basis.components;
  const dimension = Math.min(from, DIMENSION);
  const rounded = Array.from({ length: (scores.length / from) * dimension }, (_, i) =>
    Number(scores[Math.floor(i / dimension) * from + (i % dimension)].toPrecision(4)),
  );
  // Every third row is a pixel, the others are landmarks.
  const rows = (pixel: boolean) => rounded.filter((_, i) => (Math.floor(i / dimension) % 3 === 2) === pixel);
  cases.push({ edge: edge.name, dimension, landmarks: rows(false), pixels: rows(true) });
}
await reader.close();
await writeFile(out, JSON.stringify(cases));
