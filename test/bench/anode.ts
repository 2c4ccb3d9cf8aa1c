import { join } from 'node:path';
import { createRippleSink } from '../../server/microscope/ripple-sink.ts';
import { SimulatedScan } from '../../server/microscope/scan.ts';

/** Larger scans repeat each simulated row: making them takes longer than everything that is measured. */
const MOST_FRESH_ROWS = 512;

/** A simulated scan as files; returns the path of its header. */
export async function writeAnode(folder: string, side: number): Promise<string> {
  const stem = join(folder, 'simulated-anode');
  const scan = new SimulatedScan({ shape: [side, side], seed: 1, lowLoss: false });
  const sink = await createRippleSink(stem, scan, 0);
  const repeats = Math.ceil(side / MOST_FRESH_ROWS);
  let row = scan.row(0);
  for (let index = 0; index < side; index++) {
    if (index % repeats === 0) row = scan.row(index);
    await sink.write(row, index, 0);
  }
  await sink.close('complete');
  return `${stem}.rpl`;
}
