import type { SpectrumDifference } from '../../../protocol/index.ts';
import { ReferenceShape } from './reference-shape.ts';

/** Net counts per channel at equal steps; energy of the first channel and step, eV. */
export interface MeanSpectrum {
  startEv: number;
  stepEv: number;
  values: Float64Array;
}

/** Largest shift searched, eV, and as a share of the common range. */
const FARTHEST_EV = 5;
const FARTHEST_SHARE = 0.1;
/** Steps of the search in a channel. */
const STEPS = 10;
/** Where more than this share of B's squares is left, the two are not one structure that has moved. */
const UNLIKE = 0.25;
/** Fewest channels to fit a shape. */
const LEAST_CHANNELS = 8;

/**
 * Compares two spectra over the energies that both have. Each channel of the common axis is the mean over its width of either
 * spectrum, interpolated linearly.
 * @returns undefined where they have fewer than eight channels in common
 */
export function spectrumDifference(a: MeanSpectrum, b: MeanSpectrum): SpectrumDifference | undefined {
  const coarse = a.stepEv >= b.stepEv ? a : b;
  const { stepEv } = coarse;
  const endOf = ({ startEv, stepEv: step, values }: MeanSpectrum) => startEv + step * (values.length - 1);
  const slack = 1e-3 * stepEv;
  const from = Math.max(a.startEv, b.startEv) + stepEv / 2 - slack;
  const to = Math.min(endOf(a), endOf(b)) - stepEv / 2 + slack;
  const first = Math.ceil((from - coarse.startEv) / stepEv);
  const last = Math.floor((to - coarse.startEv) / stepEv);
  if (last - first + 1 < LEAST_CHANNELS) return undefined;
  const centres = Float64Array.from(
    { length: last - first + 1 },
    (_, i) => coarse.startEv + stepEv * (first + i),
  );
  const onAxis = (spectrum: MeanSpectrum) => {
    const shape = new ReferenceShape(spectrum);
    return (shift: number, energies: Float64Array) =>
      energies.map((energy) => shape.mean(energy + shift, stepEv) / spectrum.stepEv);
  };
  const [readA, readB] = [onAxis(a), onAxis(b)];
  const [x, y] = [readA(0, centres), readB(0, centres)];
  const mean = x.map((value, i) => (value + y[i]) / 2);
  const ratio = dot(x, x) > 0 ? dot(x, y) / dot(x, x) : undefined;
  const rest = ratio !== undefined && dot(y, y) > 0 ? restOf(x, y) / dot(y, y) : undefined;
  const shift = shiftOf(readA, readB, centres, stepEv);
  return {
    fromEv: centres[0],
    toEv: centres[centres.length - 1],
    stepEv,
    ...(dot(mean, mean) > 0 && {
      relativeRms: Math.sqrt(squares(x.map((value, i) => y[i] - value)) / dot(mean, mean)),
    }),
    ...(ratio !== undefined && { ratio }),
    ...(rest !== undefined && { shapeRms: Math.sqrt(rest) }),
    ...(shift && { shift }),
  };
}

type Reader = (shift: number, energies: Float64Array) => Float64Array;

/** The shift with the least squares of B − k·A, A being moved by it, the ratio k free. */
function shiftOf(
  readA: Reader,
  readB: Reader,
  centres: Float64Array,
  stepEv: number,
): { ev: number; sigma: number } | undefined {
  const step = stepEv / STEPS;
  const farthest = Math.min(FARTHEST_EV, FARTHEST_SHARE * (centres[centres.length - 1] - centres[0]));
  const reach = Math.floor(farthest / step);
  // Both spectra cover all energies needed for any shift.
  const margin = Math.ceil((reach * step) / stepEv);
  const inside = centres.subarray(margin, centres.length - margin);
  if (inside.length < LEAST_CHANNELS || reach < 1) return undefined;
  const y = readB(0, inside);
  if (dot(y, y) === 0) return undefined;
  const rests = Array.from({ length: 2 * reach + 1 }, (_, i) => restOf(readA((reach - i) * step, inside), y));
  const best = rests.indexOf(Math.min(...rests));
  if (best === 0 || best === rests.length - 1 || rests[best] > UNLIKE * dot(y, y)) return undefined;
  const [before, least, after] = [rests[best - 1], rests[best], rests[best + 1]];
  const curvature = (before - 2 * least + after) / 2;
  if (!(curvature > 0)) return undefined;
  // Equal spectra lie where they lie: rounding must not move them.
  const within = least < 1e-12 * dot(y, y) ? 0 : (before - after) / (4 * curvature);
  return {
    ev: (best - reach + within) * step,
    sigma: Math.sqrt(Math.max(0, least) / (inside.length - 2) / curvature) * step,
  };
}

/** Squares of y − k·x that are left with the best k. */
function restOf(x: Float64Array, y: Float64Array): number {
  const xx = dot(x, x);
  return xx > 0 ? squares(y.map((value, i) => value - (dot(x, y) / xx) * x[i])) : dot(y, y);
}

function dot(x: Float64Array, y: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i] * y[i];
  return sum;
}

const squares = (x: Float64Array): number => dot(x, x);
