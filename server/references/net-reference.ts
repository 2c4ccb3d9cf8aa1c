import { type Edge, type EnergyWindow, InputError } from '../../protocol/index.ts';
import { structure } from '../analysis/references/edge-structure.ts';
import { ReferenceShape, type ReferenceSpectrum } from '../analysis/references/reference-shape.ts';
import type { MsaSpectrum } from '../formats/text/msa.ts';

type Net = Pick<ReferenceSpectrum, 'startEv' | 'stepEv' | 'values'>;

/** Without this much of the fit window there is nothing to fit, eV. */
const LEAST_FIT_EV = 5;
/** Counts before the edge of less than this share of the largest: the background has been taken away already. */
const NEARLY_NOTHING = 0.08;
/** Farther than this a power law fitted before the edge is not to be believed, eV. */
const REACH_EV = 60;

/**
 * A spectrum from just before an edge to 60 eV after it, its background subtracted as that of the scan: a power law over the
 * edge's fit window (log-linear: references have many counts). A spectrum that begins with next to nothing is net already.
 * @throws InputError when the background can be neither fitted nor taken for subtracted
 */
export function netReference(
  { energy, values }: Pick<MsaSpectrum, 'energy' | 'values'>,
  edge: Edge,
  place: string,
): Net {
  const { offset, dispersion } = energy;
  const at = (ev: number) => Math.min(Math.max(Math.round((ev - offset) / dispersion), 0), values.length);
  const end = at(edge.onsetEv + REACH_EV);
  const first = at(edge.signalWindow[0] - 3);
  const largest = values.subarray(first, end).reduce((most, value) => Math.max(most, value), 0);
  const before = values.subarray(at(edge.fitWindow[0]), Math.max(at(edge.fitWindow[1]), at(offset) + 3));
  const level = before.reduce((sum, value) => sum + value, 0) / before.length;
  const net = Float64Array.from(values.subarray(first, end));
  if (!net.every(Number.isFinite))
    throw new InputError(place, 'values', 'expected finite numbers near the edge');
  if (!(largest > 0)) throw new InputError(place, 'values', 'expected counts after the onset, found none');
  if (level > NEARLY_NOTHING * largest) {
    const [slope, height] = logLine(values, offset, dispersion, edge.fitWindow, place);
    for (let i = 0; i < net.length; i++)
      net[i] -= Math.exp(height + slope * Math.log(offset + dispersion * (first + i)));
  }
  return { startEv: offset + dispersion * first, stepEv: dispersion, values: net };
}

/** Slope and height of ln counts over ln energy. */
function logLine(
  values: Float32Array,
  offset: number,
  dispersion: number,
  [from, to]: EnergyWindow,
  place: string,
): [number, number] {
  const points: [number, number][] = [];
  values.forEach((value, i) => {
    const energy = offset + dispersion * i;
    if (energy >= from && energy <= to && value > 0) points.push([Math.log(energy), Math.log(value)]);
  });
  if (points.length * dispersion < LEAST_FIT_EV)
    throw new InputError(place, 'energies', `expected ${LEAST_FIT_EV} eV or more of ${from}–${to} eV to fit`);
  const mean = (k: 0 | 1) => points.reduce((sum, point) => sum + point[k], 0) / points.length;
  const [x, y] = [mean(0), mean(1)];
  const slope =
    points.reduce((sum, point) => sum + (point[0] - x) * (point[1] - y), 0) /
    points.reduce((sum, point) => sum + (point[0] - x) ** 2, 0);
  return [slope, y - slope * x];
}

const ALIGN_STEP_EV = 0.05;
/** What is compared to find a lost axis, eV from the twin's onset on. */
const ALIGN_EV = 20;

/**
 * Finds the axis of a spectrum that begins at 0: the offset at which its structure is most like that of a reference of the
 * same phase. That says nothing about its energies any more; its shape stays a reference.
 */
export function alignedToTwin(
  spectrum: MsaSpectrum,
  twins: readonly ReferenceSpectrum[],
): { spectrum: MsaSpectrum; origin: string } | undefined {
  const { dispersion } = spectrum.energy;
  const span = dispersion * spectrum.values.length;
  const raw = { startEv: 0, stepEv: dispersion, values: Float64Array.from(spectrum.values) };
  const moved = new ReferenceShape(raw);
  let best: { score: number; offset: number; origin: string } | undefined;
  for (const twin of twins) {
    const shape = new ReferenceShape(twin);
    const start = onsetOf(twin) - 2;
    const bins = Math.min(ALIGN_EV, twin.startEv + twin.stepEv * twin.values.length - start - 1) * 2;
    const energies = Array.from({ length: Math.max(0, Math.floor(bins)) }, (_, i) => start + i / 2);
    if (energies.length < 20) continue;
    const wanted = structure(Float64Array.from(energies, (energy) => shape.mean(energy, 0.5)));
    const last = energies[energies.length - 1];
    for (let offset = last + 1 - span; offset < start - 1; offset += ALIGN_STEP_EV) {
      const own = structure(Float64Array.from(energies, (energy) => moved.mean(energy - offset, 0.5)));
      const score = own.reduce((sum, value, i) => sum + value * wanted[i], 0);
      if (score > (best?.score ?? 0.8)) best = { score, offset, origin: twin.origin };
    }
  }
  return (
    best && {
      spectrum: { ...spectrum, energy: { ...spectrum.energy, offset: Number(best.offset.toFixed(2)) } },
      origin: best.origin,
    }
  );
}

/** Where a net spectrum first exceeds a fifth of its largest value. */
function onsetOf({ values, startEv, stepEv }: ReferenceSpectrum): number {
  const largest = values.reduce((most, value) => Math.max(most, value), 0);
  return startEv + stepEv * values.findIndex((value) => value > largest / 5);
}
