import { join } from 'node:path';
import { createRippleWriter } from '../../server/formats/text/ripple-writer.ts';
import { smoothNoise } from '../../server/microscope/smooth-noise.ts';
import { normals } from './synthetic-cube.ts';

/**
 * The published method's demonstration in kind, simulated: 100 × 100 pixels, two edges of 51 channels, the background
 * taken away already, five phases that blend smoothly into each other.
 */
export const SHAPE: [number, number] = [100, 100];
export const EDGES = 'Si-L:99:82-97:98-149,C-K:284:260-280:282-333';
/** Shapes that each edge has: what k-means is told to find. */
export const CLASSES = 4;
const AXIS = { offset: 80, dispersion: 1, units: 'eV' as const };
const CHANNELS = 260;

/** Near-edge shapes: onset, then peaks as [eV, height over the continuum, width]. */
interface Shape {
  onset: number;
  peaks: [number, number, number][];
}
const SILICON: Shape[] = [
  { onset: 99.5, peaks: [] },
  { onset: 101, peaks: [[104.5, 0.9, 1.6]] },
  {
    onset: 105,
    peaks: [
      [108, 1.3, 1.1],
      [115, 0.8, 2],
    ],
  },
  {
    onset: 103,
    peaks: [
      [107, 0.5, 2.5],
      [127, 0.5, 4],
    ],
  },
];
const CARBON: Shape[] = [
  {
    onset: 284,
    peaks: [
      [285.5, 0.9, 1],
      [293, 0.7, 2.5],
    ],
  },
  { onset: 287, peaks: [[291, 1.1, 2]] },
  {
    onset: 286,
    peaks: [
      [290.3, 1.6, 0.9],
      [299, 0.6, 3],
    ],
  },
  {
    onset: 285,
    peaks: [
      [288, 0.8, 1.5],
      [303, 0.5, 4],
    ],
  },
];
/** Each phase has one shape of each edge; two share the first of silicon's, two the last of carbon's. */
const PHASES = [
  [0, 0],
  [0, 1],
  [1, 2],
  [2, 3],
  [3, 3],
];
const AREAS = [1500, 2500];
/** Counts left by the background that was taken away: their noise stays. */
const REMOVED = 15;

function profile({ onset, peaks }: Shape, area: number): Float64Array {
  const channels = Float64Array.from({ length: CHANNELS }, (_, i) => {
    const energy = AXIS.offset + AXIS.dispersion * i;
    // The other edge's window knows nothing of this one: what was fitted there took its tail away.
    if (energy < onset || energy > onset + 60) return 0;
    const continuum = (1 - Math.exp(-(energy - onset + 0.5) / 2)) * (onset / energy) ** 2;
    return peaks.reduce(
      (sum, [at, height, width]) => sum + height * Math.exp(-0.5 * ((energy - at) / width) ** 2),
      continuum,
    );
  });
  const total = channels.reduce((sum, value) => sum + value, 0);
  return channels.map((value) => (area * value) / total);
}

const FIELDS = PHASES.map((_, phase) => smoothNoise(7, phase, 8));

/** Shares of the five phases at a place: smooth, one of them winning nearly everywhere. */
function shares(y: number, x: number): number[] {
  const weights = FIELDS.map((field) => Math.exp(4 * field(x, y)));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

/** Phase with the largest share, of each pixel. */
export const demonstrationPhases = (): number[] =>
  Array.from({ length: SHAPE[0] * SHAPE[1] }, (_, pixel) => {
    const all = shares(Math.floor(pixel / SHAPE[1]), pixel % SHAPE[1]);
    return all.indexOf(Math.max(...all));
  });

/** Writes the cube and returns its path. */
export async function writeDemonstration(folder: string): Promise<string> {
  const stem = join(folder, 'demonstration');
  const writer = await createRippleWriter(stem, {
    shape: SHAPE,
    channels: CHANNELS,
    energy: AXIS,
    dtype: 'f32',
    simulated: true,
  });
  const pure = PHASES.map(([si, c]) => {
    const [silicon, carbon] = [profile(SILICON[si], AREAS[0]), profile(CARBON[c], AREAS[1])];
    return silicon.map((value, i) => value + carbon[i]);
  });
  const normal = normals(7);
  for (let y = 0; y < SHAPE[0]; y++) {
    const row = new Float32Array(SHAPE[1] * CHANNELS);
    for (let x = 0; x < SHAPE[1]; x++) {
      const thickness = 1 + 0.3 * Math.sin((Math.PI * (x + y)) / 80);
      const part = shares(y, x);
      for (let i = 0; i < CHANNELS; i++) {
        const counts = thickness * part.reduce((sum, share, phase) => sum + share * pure[phase][i], 0);
        row[x * CHANNELS + i] = counts + Math.sqrt(counts + REMOVED) * normal();
      }
    }
    await writer.append(new Uint8Array(row.buffer));
  }
  await writer.close();
  return `${stem}.rpl`;
}
