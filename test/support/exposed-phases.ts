import { edgeAt } from '../../protocol/index.ts';
import type { CubeLayout, Patch } from '../../server/formats/cube.ts';
import { openScanFile } from '../../server/formats/formats.ts';
import type { ScanOpening } from '../../server/sources/source.ts';
import { AXIS, CHANNELS, normals, writeCube } from './synthetic-cube.ts';

export const SIDE = 40;
export const EDGE = edgeAt('Ti-L', 456);

/** Counts of a power law with an edge; `peak`: height of its near-edge peak. */
function spectrum(normal: () => number, dwells: number, dose: number, peak: number): Float32Array {
  return Float32Array.from({ length: CHANNELS }, (_, i) => {
    const energy = AXIS.offset + AXIS.dispersion * i;
    const step = energy >= 456 ? 0.6 + peak * Math.exp(-0.5 * ((energy - 460) / 2) ** 2) : 0;
    const expected = dwells * dose * (energy / 400) ** -3 * (1 + step);
    return Math.max(0, Math.round(expected + Math.sqrt(expected) * normal()));
  });
}

export interface ExposedScan {
  folder: string;
  name: string;
  /** Mean counts per channel at 400 eV in the first pass. */
  dose: number;
  /** Phase of a pixel of the scan, from 0. */
  phase: (row: number, column: number) => number;
  /** Exposure that the rescan of the right half adds; none when left out. */
  dwells?: number;
  seed: number;
  /** Factor of the near-edge peak of phase 1 in the rescan. */
  damage?: number;
}

/** Heights of the near-edge peak in each phase. */
const PEAKS = [0.2, 0.9, 1.6];

/** A scan of some phases whose right half is scanned again for longer. */
export async function exposedScan({
  damage = 1,
  folder,
  name,
  dose,
  phase,
  dwells,
  seed,
}: ExposedScan): Promise<ScanOpening> {
  const normal = normals(seed);
  const file = async (part: string, columns: [number, number], exposure: number) => {
    const width = columns[1] - columns[0];
    const path = await writeCube(folder, `${name}-${part}`, [SIDE, width], (pixel) => {
      const own = phase(Math.floor(pixel / width), columns[0] + (pixel % width));
      const peak = PEAKS[own] * (part === 'half' && own === 1 ? damage : 1);
      return spectrum(normal, exposure, dose, peak);
    });
    return openScanFile(path);
  };
  const { scan, core } = await file('first', [0, SIDE], 1);
  if (dwells === undefined) return { scan, core };
  const half = SIDE / 2;
  const patch: Patch = { cube: (await file('half', [half, SIDE], dwells)).core, y: 0, x: half, dwells };
  const patched: CubeLayout = { ...core, patches: [patch] };
  return { scan, core: patched };
}
