import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { parseEdge } from '../../protocol/index.ts';
import { SignalExtractor } from '../../server/analysis/background/edge-signal.ts';
import { CovarianceAccumulator } from '../../server/analysis/decomposition/covariance.ts';
import { COUNTING_NOISE } from '../../server/analysis/detector/detector-noise.ts';
import { NeighbourIndex } from '../../server/analysis/embedding/neighbours.ts';
import { Placement } from '../../server/analysis/embedding/placement.ts';
import { fitUmap, startFromScores, UMAP_DEFAULTS } from '../../server/analysis/embedding/umap.ts';
import { layOutWithUmapJs } from '../../server/analysis/embedding/umap-js-layout.ts';
import { useKernels } from '../../server/analysis/math/kernels.ts';
import { edgeWindow } from '../../server/analysis/windows/edge-window.ts';
import { loadKernels } from '../../server/kernels/load.ts';
import { normals } from '../support/synthetic-cube.ts';
import type { Figure } from './run.ts';

const LANDMARKS = 2000;
const QUERIES = 10_000;
const NEIGHBOURS = 15;
const FEATURES = 160;
const ROUNDS = 3;

/** Processor time of the hot numerics on one thread: SIMD kernels, their TypeScript twins, libraries. */
export function kernels(): Figure[] {
  try {
    return [
      ...extractions(),
      ...[2, 6, 12].flatMap(neighbours),
      ...placements(6),
      ...covariances(),
      ...[6, 12].flatMap(fits),
    ];
  } finally {
    useKernels(undefined);
  }
}

/** Five clouds apart in the first four dimensions, noise of 1 in all. */
function clouds(rows: number, dimension: number, seed: number): Float32Array {
  const normal = normals(seed);
  return Float32Array.from({ length: rows * dimension }, (_, i) => {
    const [row, c] = [Math.floor(i / dimension), i % dimension];
    return normal() + (c < 4 ? (8 / (c + 1)) * Math.sin(3 * (row % 5) + 2 * c) : 0);
  });
}

/** Work per second of processor time in the best of some rounds: other programs hardly count. */
function rate(amount: number, work: () => void): number {
  let best = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    best = Math.max(best, (1e6 * amount) / (user + system));
  }
  return best;
}

/** The same work by the twin and by SIMD; `prepare` is called with and without kernels. */
function twins(name: string, unit: string, amount: number, prepare: () => () => void): Figure[] {
  useKernels(undefined);
  const twin = rate(amount, prepare());
  useKernels(loadKernels());
  const value = rate(amount, prepare());
  return [
    { name: `${name}, TypeScript`, value: twin, unit },
    { name: `${name}, SIMD`, value, unit, ratio: { of: 'TypeScript', value: value / twin } },
  ];
}

function extractions(): Figure[] {
  const window = edgeWindow(parseEdge('C-K'), { offset: 60, dispersion: 0.6, units: 'eV' }, 1024);
  const width = window.endChannel - window.firstChannel;
  const rows = 2560;
  const normal = normals(5);
  const data = Float32Array.from({ length: rows * width }, (_, at) => {
    const expected = 60 * Math.exp(-3 * (window.logEnergy[at % width] - window.logEnergy[0]));
    return Math.max(0, Math.round(expected + Math.sqrt(expected) * normal()));
  });
  const samples = { spikes: new Float32Array(width).fill(8), saturation: 65_535 };
  const exponents = { mean: 3, variance: 0.04 };
  return twins(`presence in ${width} channels`, 'spectra/s', rows, () => {
    const calibration = { bad: new Uint8Array(width), noise: COUNTING_NOISE, samples, exponents };
    const extractor = new SignalExtractor(window, calibration);
    const { capacity } = extractor.block;
    return () => {
      for (let first = 0; first < rows; first += capacity)
        extractor.extractBlock(data, first * width, Math.min(capacity, rows - first));
    };
  });
}

function neighbours(d: number): Figure[] {
  const [landmarks, queries] = [clouds(LANDMARKS, d, 1), clouds(QUERIES, d, 2)];
  return twins(`${NEIGHBOURS} of ${LANDMARKS} landmarks, ${d} dimensions`, 'queries/s', QUERIES, () => {
    const index = new NeighbourIndex(landmarks, d);
    const room = NeighbourIndex.createResult(NEIGHBOURS);
    return () => {
      for (let q = 0; q < QUERIES; q++) index.search(queries, q * d, room);
    };
  });
}

function placements(d: number): Figure[] {
  const [landmarks, queries] = [clouds(LANDMARKS, d, 1), clouds(QUERIES, d, 2)];
  const plane = clouds(LANDMARKS, 2, 3);
  const place = new Float32Array(2);
  return twins(`placement, ${d} dimensions`, 'pixels/s', QUERIES, () => {
    const placement = new Placement(landmarks, d, plane);
    return () => {
      for (let q = 0; q < QUERIES; q++) placement.place(queries, q * d, place, 0);
    };
  });
}

function covariances(): Figure[] {
  const rows = 2560;
  const data = clouds(rows, FEATURES, 4);
  const figures = twins(`covariance of ${FEATURES} channels`, 'rows/s', rows, () => () => {
    const moments = new CovarianceAccumulator(FEATURES);
    for (let first = 0; first < rows; first += 256)
      moments.add(data.subarray(first * FEATURES, (first + 256) * FEATURES), 256);
  });
  const matrix = Matrix.from1DArray(rows, FEATURES, Array.from(data));
  const library = rate(rows, () => {
    const centred = matrix.clone().center('column');
    centred.transpose().mmul(centred);
  });
  figures[1].ratio = { of: 'ml-matrix', value: figures[1].value / library };
  const size = Matrix.identity(FEATURES).add(matrix.transpose().mmul(matrix));
  const decomposed = rate(1, () => new EigenvalueDecomposition(size, { assumeSymmetric: true }));
  return [
    ...figures,
    { name: `eigenvectors of ${FEATURES} channels, ml-matrix`, value: 1 / decomposed, unit: 's' },
  ];
}

function fits(d: number): Figure[] {
  const landmarks = clouds(LANDMARKS, d, 1);
  const start = startFromScores(landmarks, d, 1);
  const options = { ...UMAP_DEFAULTS, seed: 1 };
  const name = `UMAP of ${LANDMARKS} landmarks, ${d} dimensions`;
  const figures = twins(name, 'fits/s', 1, () => () => fitUmap(landmarks, d, start, options));
  const library = rate(1, () => fitUmap(landmarks, d, start, { ...options, library: layOutWithUmapJs }));
  figures[1].ratio = { of: 'umap-js', value: figures[1].value / library };
  return figures;
}
