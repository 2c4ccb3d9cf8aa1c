import type { EnergyAxis } from '../../../protocol/index.ts';
import { createRandom } from '../../../server/analysis/math/random.ts';
import { adjustedRandIndex } from '../../support/agreement.ts';
import { type DetectorCube, edgeShape } from '../../support/detector-cube.ts';
import { classesOf, fitDetectorCube } from '../../support/detector-fit.ts';
import type { DetectorRow, DetectorStudy } from '../detectors.ts';

/** Point spreads of 1 to 9 channels, each with sum 1. */
const KERNELS: Record<string, number[]> = {
  '1 channel': [1],
  '3, narrow': [0.15, 0.7, 0.15],
  '3, lopsided': [0.1, 0.55, 0.35],
  '5, wide': [0.05, 0.2, 0.5, 0.2, 0.05],
  '5, flat': [0.2, 0.2, 0.2, 0.2, 0.2],
  '5, one-sided': [0, 0, 0.5, 0.3, 0.2],
  '7, bell': [0.02, 0.08, 0.2, 0.4, 0.2, 0.08, 0.02],
  '7, core and wings': [0.06, 0.06, 0.06, 0.64, 0.06, 0.06, 0.06],
  '9, flat': new Array(9).fill(1 / 9),
  '9, bell': [0.01, 0.04, 0.11, 0.2, 0.28, 0.2, 0.11, 0.04, 0.01],
  '9, tail': [0, 0, 0, 0, 0.4, 0.25, 0.15, 0.12, 0.08],
};
const NAMES = Object.keys(KERNELS);
const GAINS = [1, 6, 40, 250, 900];
const SIDES = [16, 16, 20, 24, 24, 32, 40, 64];
/** Counts per channel at 380 eV. */
const DOSES = [300, 3000, 20_000];
/** Dispersions with axes of 190 eV: of the finest one, features are sums of two channels. */
const DISPERSIONS = [0.3, 0.2, 0.5, 0.15, 0.8];

const scansPerKernel = () => Number(process.env.SCANS ?? 20);

const EDGES = 'Ti-L,O-K';

/** One phase: Ti-L and O-K on a power law, of one composition in all pixels. */
function onePhase(kernel: string, index: number): DetectorCube {
  const seed = 1000 * NAMES.indexOf(kernel) + index;
  const random = createRandom(seed + 77);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)];
  const side = pick(SIDES);
  const dose = DOSES[index % 3];
  const dispersion = pick(DISPERSIONS);
  const [exponent, strength, peak] = [2.5 + random(), 0.03 + 0.17 * random(), 3 * random()];
  const [onset, phase] = [455 + 2 * random(), 6 * random()];
  // Half of the scans are as thick everywhere; in the others thickness changes smoothly, up to eightfold.
  const slope = index % 4 < 2 ? 0 : 1.04 * random();
  const thickness = (pixel: number) =>
    Math.exp(
      slope *
        Math.sin(
          phase + ((3 * (pixel % side)) / side) * Math.cos(phase) + (2 * Math.floor(pixel / side)) / side,
        ),
    );
  return {
    shape: [side, side],
    energy: { offset: 390, dispersion, units: 'eV' },
    channels: Math.round(190 / dispersion),
    mean: perChannel(
      dispersion,
      (ev, pixel) => thickness(pixel) * dose * spectrum(ev, exponent, strength, onset, peak),
    ),
    smear: KERNELS[kernel],
    gain: pick(GAINS),
    pattern: index % 2 === 0 ? 0 : 0.01,
    seed,
  };
}

const spectrum = (ev: number, exponent: number, strength: number, onset: number, peak: number): number =>
  (ev / 380) ** -exponent +
  strength * edgeShape(ev, onset, peak, 1.3) +
  0.4 * strength * edgeShape(ev, 531, peak / 2, 2);

const perChannel =
  (dispersion: number, mean: DetectorCube['mean']): DetectorCube['mean'] =>
  (ev, pixel) =>
    (dispersion / 0.3) * mean(ev, pixel);

/** Two phases side by side, whose Ti-L peaks differ in height. */
const SIDE = 28;
const isRight = (pixel: number): number => (pixel % SIDE < SIDE / 2 ? 0 : 1);
const ENERGY: EnergyAxis = { offset: 390, dispersion: 0.3, units: 'eV' };

function twoPhases(kernel: string, index: number, difference: number): DetectorCube {
  return {
    shape: [SIDE, SIDE],
    energy: ENERGY,
    channels: 400,
    mean: (ev, pixel) => 2000 * spectrum(ev, 3, 0.1, 456, 2 - difference * isRight(pixel)),
    smear: KERNELS[kernel],
    gain: GAINS[index % GAINS.length],
    pattern: index % 2 === 0 ? 0 : 0.01,
    seed: 50_000 + 100 * NAMES.indexOf(kernel) + index,
  };
}

async function* falseClasses(): AsyncIterable<DetectorRow> {
  const total = { hits: 0, of: 0, scans: 0 };
  for (const kernel of NAMES) {
    let hits = 0;
    let of = 0;
    const scans = scansPerKernel();
    for (let index = 0; index < scans; index++)
      for (const { fit } of await fitDetectorCube(onePhase(kernel, index), EDGES)) {
        if (fit.signal.presentPixels < 2) continue;
        of++;
        if (classesOf(fit) > 1) hits++;
      }
    total.hits += hits;
    total.of += of;
    total.scans += scans;
    yield { scans: `one phase, point spread ${kernel}`, counted: 'edge maps of several classes', hits, of };
  }
  yield {
    scans: `one phase, all ${total.scans} scans`,
    counted: 'edge maps of several classes',
    hits: total.hits,
    of: total.of,
    most: 0.02,
  };
}

async function* power(): AsyncIterable<DetectorRow> {
  const repeats = 5;
  for (const kernel of ['1 channel', '3, narrow', '5, wide', '9, flat', '9, tail'])
    for (const difference of [0.25, 0.6]) {
      let hits = 0;
      for (let index = 0; index < repeats; index++) {
        const [{ fit }] = await fitDetectorCube(twoPhases(kernel, index, difference), 'Ti-L');
        const pixels = [...fit.labels.keys()].filter((pixel) => fit.labels[pixel] >= 0);
        const found = pixels.map((pixel) => fit.labels[pixel]);
        const agreement = adjustedRandIndex(found, pixels.map(isRight));
        if (classesOf(fit) === 2 && agreement >= 0.9) hits++;
      }
      const scans = `two phases, peaks of 2 and ${2 - difference}, point spread ${kernel}`;
      yield { scans, counted: 'two classes that are the phases (ARI ≥ 0.9)', hits, of: repeats };
    }
}

/** Noise that channels share, and gains, make no classes; what is of two phases stays so. */
export const correlatedNoise: DetectorStudy = {
  title: 'correlated-noise',
  async *rows() {
    yield* falseClasses();
    yield* power();
  },
};
