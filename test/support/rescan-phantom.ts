import { poisson } from '../../server/microscope/poisson.ts';
import { RandomStream } from '../../server/microscope/random.ts';

/** Energy axes of the three edges: first channel, channels of 0.5 eV, background counts there, and scale of the edge. */
export const PHANTOM_EDGES = [
  { name: 'Si-L', offset: 80, channels: 120, background: 6, edge: 3 },
  { name: 'C-K', offset: 260, channels: 140, background: 2, edge: 2 },
  { name: 'O-K', offset: 500, channels: 140, background: 1, edge: 1.4 },
] as const;
export const DISPERSION = 0.5;
/** Relative thickness of carbon, silicon, oxide, carbide, pore and the rare carbonate. */
const THICKNESS = [1, 1.2, 1.1, 1.1, 0.15, 0.9];
/** The rare phase. */
export const RARE = 5;

const arctan = (E: number, onset: number, width = 1) => 0.5 + Math.atan((E - onset) / width) / Math.PI;
const peak = (E: number, centre: number, sigma: number, height: number) =>
  height * Math.exp(-0.5 * ((E - centre) / sigma) ** 2);

/** Net signal of every phase at an energy of an edge. */
function endmembers(edge: string, E: number): number[] {
  if (edge === 'Si-L')
    return [
      0,
      1.6 * arctan(E, 100, 0.5) * (1 + 0.4 * Math.exp(-(E - 100) / 15)),
      0.8 * arctan(E, 106, 0.6) + peak(E, 108, 1, 0.9) + peak(E, 115, 2.5, 0.7),
      1.2 * (arctan(E, 102, 0.6) * (1 + 0.2 * Math.exp(-(E - 102) / 15)) + peak(E, 105, 1.5, 0.3)),
      0,
      0,
    ];
  if (edge === 'C-K') {
    const amorphous = 0.9 * arctan(E, 291, 1.5) + peak(E, 285.3, 0.9, 0.55) + peak(E, 294, 3, 0.5);
    const carbide = 0.9 * arctan(E, 288, 1.2) + peak(E, 292, 2.5, 0.5);
    const carbonate = 0.6 * arctan(E, 292, 1.2) + peak(E, 290.2, 0.8, 1) + peak(E, 300, 3, 0.4);
    return [1.5 * amorphous, 0.25 * amorphous, 0.3 * amorphous, carbide, 0.12 * amorphous, carbonate];
  }
  const oxide = 0.7 * arctan(E, 537, 1.2) + peak(E, 538.5, 1.3, 0.9) + peak(E, 560, 5, 0.4);
  const carbonate = 0.7 * arctan(E, 534, 1.2) + peak(E, 534.5, 1, 0.5) + peak(E, 540.5, 1.8, 0.8);
  return [0.03 * carbonate, 0, 1.3 * oxide, 0.04 * oxide, 0, 1.5 * carbonate];
}

/** The phantom of an independent reference, with draws of its own: particles with shells in carbon, pores, a rare phase. */
export interface RescanPhantom {
  shape: [number, number];
  /** Phase of each pixel. */
  truth: Int16Array;
  /** Counts expected in one dwell, pixels × channels, for each edge. */
  expected: Float64Array[];
}

export interface RescanPhantomOptions {
  side?: number;
  seed: number;
  dose: number;
  /** Radius of the rare phase in pixels, 0 for none. */
  rareRadius?: number;
}

export function rescanPhantom({
  side = 64,
  seed,
  dose,
  rareRadius = 3.2,
}: RescanPhantomOptions): RescanPhantom {
  const random = new RandomStream(seed, 0, 12);
  const shape: [number, number] = [side, side];
  const n = side * side;
  const truth = new Int16Array(n);
  const distance = (pixel: number, y: number, x: number) =>
    Math.hypot(Math.floor(pixel / side) - y, (pixel % side) - x);
  for (let i = 0; i < Math.max(4, Math.floor(n / 500)); i++) {
    const [y, x] = [random.between(0, side), random.between(0, side)];
    const radius = random.between(3.5, 7.5);
    const shell = random.uniform() < 0.5 ? 2 : 3;
    for (let pixel = 0; pixel < n; pixel++) {
      const d = distance(pixel, y, x);
      if (d < radius + 2.5 && truth[pixel] !== 1) truth[pixel] = shell;
      if (d < radius) truth[pixel] = 1;
    }
  }
  const noise = Float64Array.from({ length: n }, () => random.normal());
  const pores = smoothed(noise, shape, 1, 4);
  const limit = Float64Array.from(pores).sort()[Math.floor(0.93 * n)];
  pores.forEach((value, pixel) => {
    if (value > limit && truth[pixel] === 0) truth[pixel] = 4;
  });
  if (rareRadius > 0)
    for (let pixel = 0; pixel < n; pixel++)
      if (distance(pixel, side - 7, 0.7 * side) < rareRadius) truth[pixel] = RARE;
  return { shape, truth, expected: PHANTOM_EDGES.map((edge) => expectedOf(edge, truth, shape, dose)) };
}

function expectedOf(
  { name, offset, channels, background, edge }: (typeof PHANTOM_EDGES)[number],
  truth: Int16Array,
  shape: [number, number],
  dose: number,
): Float64Array {
  const counts = new Float64Array(truth.length * channels);
  for (let i = 0; i < channels; i++) {
    const E = offset + DISPERSION * i;
    const net = endmembers(name, E);
    const spectrum = THICKNESS.map(
      (thickness, phase) =>
        dose * (thickness * background * (E / offset) ** -3 + edge * net[phase] * Math.min(1, thickness)),
    );
    truth.forEach((phase, pixel) => {
      counts[pixel * channels + i] = spectrum[phase];
    });
  }
  return smoothed(counts, shape, channels, 0.6);
}

/** Gaussian blur of interleaved maps, reflected at the borders, cut at four standard deviations. */
function smoothed(
  maps: Float64Array,
  [rows, columns]: [number, number],
  depth: number,
  sigma: number,
): Float64Array {
  const reach = Math.round(4 * sigma);
  const weights = Float64Array.from({ length: 2 * reach + 1 }, (_, i) =>
    Math.exp(-0.5 * ((i - reach) / sigma) ** 2),
  );
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const reflected = (at: number, length: number) =>
    at < 0 ? -1 - at : at >= length ? 2 * length - 1 - at : at;
  const along = (source: Float64Array, isRow: boolean): Float64Array => {
    const target = new Float64Array(source.length);
    for (let y = 0; y < rows; y++)
      for (let x = 0; x < columns; x++)
        for (let k = -reach; k <= reach; k++) {
          const from = isRow ? y * columns + reflected(x + k, columns) : reflected(y + k, rows) * columns + x;
          const weight = weights[k + reach] / total;
          const to = (y * columns + x) * depth;
          for (let d = 0; d < depth; d++) target[to + d] += weight * source[from * depth + d];
        }
    return target;
  };
  return along(along(maps, false), true);
}

/** Counts that so many dwells give, added to those that are there. */
export function exposed(
  phantom: RescanPhantom,
  dwells: (pixel: number) => number,
  seed: number,
  before?: readonly Float64Array[],
): Float64Array[] {
  const random = new RandomStream(seed, 0, 13);
  const n = phantom.truth.length;
  return phantom.expected.map((expected, e) => {
    const counts = before ? before[e].slice() : new Float64Array(expected.length);
    const channels = expected.length / n;
    for (let pixel = 0; pixel < n; pixel++) {
      const time = dwells(pixel);
      if (!(time > 0)) continue;
      for (let i = pixel * channels; i < (pixel + 1) * channels; i++)
        counts[i] += poisson(expected[i] * time, random);
    }
    return counts;
  });
}
