import { type EnergyAxis, energyOf } from '../../protocol/index.ts';
import { edgeProbability, lossFunction, PHASES, SCATTERING } from './cross-sections.ts';
import { type ScatteringTerm, scattered, scatteringTerms, termProbabilities } from './plural-scattering.ts';

export interface Spectrometer {
  energy: EnergyAxis;
  channels: number;
}

export const CORE_LOSS: Spectrometer = {
  energy: { offset: 60, dispersion: 0.6, units: 'eV' },
  channels: 1024,
};

/** Reaches beyond four plasmon losses, so that few electrons are lost at its end. */
export const LOW_LOSS: Spectrometer = {
  energy: { offset: -20, dispersion: 0.25, units: 'eV' },
  channels: 512,
};

/** Energy resolution: full width at half maximum of the zero-loss peak, eV. */
export const RESOLUTION_EV = 0.9;
const SIGMA_EV = RESOLUTION_EV / Math.sqrt(8 * Math.LN2);

const CORE_ORDERS = 3;
const LOW_LOSS_ORDERS = 6;
/** Terms of the series less probable than this are left out. */
const NEGLIGIBLE = 1e-4;
/** Channels computed beyond either end, from which the drift of the energy axis is served. */
const MARGIN = 16;
/** Samples of a function inside a channel. */
const SUBSAMPLES = 6;
/** Energy up to which single losses are followed, eV. */
const LONGEST_LOSS_EV = 200;

/** A ready spectrum, zero below channel `from`; channel 0 lies MARGIN channels below the detector's first. */
interface Component {
  from: number;
  values: Float64Array;
}

/** An edge of a phase, per nm, after the losses of each scattering term. */
interface EdgeComponents {
  phase: number;
  edge: string;
  afterTerms: Component[];
}

/**
 * Expected spectra of a pixel per incident electron, from the projected thickness of its phases in nm. What does not
 * depend on the pixel is computed here once; a pixel is a sum of a few dozen ready spectra. Background and edges are
 * those of cross-sections.ts; edges and zero-loss peak suffer plural scattering in all phases of the pixel, while the
 * tail of the valence losses is described by its power law as a whole. Not safe for concurrent calls.
 */
export class SpectrumModel {
  readonly core: Spectrometer;
  readonly lowLoss: Spectrometer;
  readonly #coreTerms = scatteringTerms(PHASES.length, CORE_ORDERS);
  readonly #lowLossTerms = scatteringTerms(PHASES.length, LOW_LOSS_ORDERS);
  readonly #edges: EdgeComponents[];
  readonly #backgrounds: Component[];
  readonly #losses: Component[];
  readonly #optical = new Float64Array(PHASES.length);
  readonly #coreProbabilities = new Float64Array(this.#coreTerms.length);
  readonly #lowLossProbabilities = new Float64Array(this.#lowLossTerms.length);
  readonly #mixed: Float64Array;

  constructor(core: Spectrometer = CORE_LOSS, lowLoss: Spectrometer = LOW_LOSS) {
    this.core = core;
    this.lowLoss = lowLoss;
    this.#edges = PHASES.flatMap((name, phase) =>
      SCATTERING[name].edges.map((edge) => ({
        phase,
        edge: edge.edge,
        afterTerms: afterTerms(binned(core, edgeProbability(edge), SIGMA_EV), core, this.#coreTerms),
      })),
    );
    this.#backgrounds = PHASES.map((name) => {
      const { at97, exponent } = SCATTERING[name].background;
      return component(binned(core, (e) => (e > 10 ? at97 * (e / 97) ** -exponent : 0), 0));
    });
    const zeroLoss = (e: number) =>
      Math.exp(-0.5 * (e / SIGMA_EV) ** 2) / (Math.sqrt(2 * Math.PI) * SIGMA_EV);
    this.#losses = afterTerms(binned(lowLoss, zeroLoss, 0), lowLoss, this.#lowLossTerms);
    this.#mixed = new Float64Array(Math.max(core.channels, lowLoss.channels) + 2 * MARGIN);
  }

  /**
   * Core loss per incident electron and channel.
   * @param shiftEv how far the spectrum lies above its true energies: drift of the energy axis
   */
  coreLoss(thicknessNm: ArrayLike<number>, shiftEv: number, out: Float64Array): void {
    this.#mixed.fill(0);
    this.#addBackground(thicknessNm);
    this.#addEdges(thicknessNm, () => true);
    this.#deliver(thicknessNm, shiftEv, this.core, out);
  }

  /** What one phase's edge adds to the core loss, or all phases' (`phase` undefined), its plural scattering included. */
  edgeSignal(
    thicknessNm: ArrayLike<number>,
    edge: string,
    phase: number | undefined,
    out: Float64Array,
  ): void {
    this.#mixed.fill(0);
    this.#addEdges(
      thicknessNm,
      (candidate) => candidate.edge === edge && (phase === undefined || candidate.phase === phase),
    );
    this.#deliver(thicknessNm, 0, this.core, out);
  }

  /** Low loss per incident electron and channel: zero-loss peak and plural plasmon losses. */
  lowLossSpectrum(thicknessNm: ArrayLike<number>, shiftEv: number, out: Float64Array): void {
    this.#mixed.fill(0);
    const probabilities = this.#lowLossProbabilities;
    this.#findProbabilities(thicknessNm, this.#lowLossTerms, probabilities);
    for (let i = 0; i < probabilities.length; i++)
      if (probabilities[i] > NEGLIGIBLE / 10) this.#add(this.#losses[i], probabilities[i]);
    this.#deliver(thicknessNm, shiftEv, this.lowLoss, out);
  }

  #findProbabilities(
    thicknessNm: ArrayLike<number>,
    terms: readonly ScatteringTerm[],
    out: Float64Array,
  ): void {
    for (let p = 0; p < PHASES.length; p++)
      this.#optical[p] = thicknessNm[p] / SCATTERING[PHASES[p]].inelasticNm;
    termProbabilities(terms, this.#optical, out);
  }

  #addBackground(thicknessNm: ArrayLike<number>): void {
    for (let p = 0; p < PHASES.length; p++)
      if (thicknessNm[p] > 0) this.#add(this.#backgrounds[p], thicknessNm[p]);
  }

  #addEdges(thicknessNm: ArrayLike<number>, wanted: (edge: EdgeComponents) => boolean): void {
    const probabilities = this.#coreProbabilities;
    this.#findProbabilities(thicknessNm, this.#coreTerms, probabilities);
    let total = 0;
    for (let p = 0; p < PHASES.length; p++) total += thicknessNm[p];
    for (const edge of this.#edges) {
      const thickness = thicknessNm[edge.phase];
      if (thickness <= 0 || !wanted(edge)) continue;
      for (let i = 0; i < probabilities.length; i++)
        if (probabilities[i] * thickness > NEGLIGIBLE * total)
          this.#add(edge.afterTerms[i], probabilities[i] * thickness);
    }
  }

  #add({ from, values }: Component, weight: number): void {
    const mixed = this.#mixed;
    for (let i = from; i < values.length; i++) mixed[i] += weight * values[i];
  }

  /** Interpolates the mixed spectrum at the drifted energies (Catmull–Rom) and lets the aperture take its share. */
  #deliver(thicknessNm: ArrayLike<number>, shiftEv: number, to: Spectrometer, out: Float64Array): void {
    const position = MARGIN - Math.min(MARGIN - 3, Math.max(3 - MARGIN, shiftEv / to.energy.dispersion));
    const first = Math.floor(position);
    const t = position - first;
    const scale = transmission(thicknessNm);
    const w0 = scale * 0.5 * t * (2 * t - t * t - 1);
    const w1 = scale * 0.5 * (t * t * (3 * t - 5) + 2);
    const w2 = scale * 0.5 * t * (4 * t - 3 * t * t + 1);
    const w3 = scale * 0.5 * t * t * (t - 1);
    const mixed = this.#mixed;
    for (let i = 0, at = first; i < to.channels; i++, at++)
      out[i] = Math.max(0, w0 * mixed[at - 1] + w1 * mixed[at] + w2 * mixed[at + 1] + w3 * mixed[at + 2]);
  }
}

/** t/λ of a pixel. */
export const opticalThickness = (thicknessNm: ArrayLike<number>): number =>
  PHASES.reduce((sum, name, p) => sum + thicknessNm[p] / SCATTERING[name].inelasticNm, 0);

/** Share of the electrons that elastic scattering leaves inside the spectrometer's aperture. */
export const transmission = (thicknessNm: ArrayLike<number>): number =>
  Math.exp(-PHASES.reduce((sum, name, p) => sum + thicknessNm[p] / SCATTERING[name].elasticNm, 0));

function component(values: Float64Array): Component {
  const first = values.findIndex((value) => value > 0);
  return { from: first < 0 ? values.length : first, values };
}

/** The spectrum before any loss, then after the losses of every term. */
function afterTerms(spectrum: Float64Array, to: Spectrometer, terms: readonly ScatteringTerm[]): Component[] {
  const losses = PHASES.map((name) => lossProbabilities(name, to.energy.dispersion));
  const components = [component(spectrum)];
  for (const { parent, last } of terms.slice(1))
    components.push(component(scattered(components[parent].values, losses[last])));
  return components;
}

/** Probability of a single inelastic loss of k channels; adds up to 1. */
function lossProbabilities(phase: (typeof PHASES)[number], dispersion: number): Float64Array {
  const probabilities = Float64Array.from({ length: Math.ceil(LONGEST_LOSS_EV / dispersion) }, (_, k) => {
    let sum = 0;
    for (let s = 0; s < SUBSAMPLES; s++) {
      const energy = (k + (s + 0.5) / SUBSAMPLES - 0.5) * dispersion;
      if (energy > 0) sum += lossFunction(SCATTERING[phase].plasmons, energy);
    }
    return sum;
  });
  const total = probabilities.reduce((a, b) => a + b);
  return probabilities.map((value) => value / total);
}

/** Integral of a density (per eV) over every channel, blurred by a Gaussian of `sigmaEv` first. */
function binned(
  { energy, channels }: Spectrometer,
  density: (energyEv: number) => number,
  sigmaEv: number,
): Float64Array {
  const step = energy.dispersion / SUBSAMPLES;
  const reach = Math.ceil((4.5 * sigmaEv) / step);
  const start = energyOf(energy, -MARGIN - 0.5) + step / 2;
  const fine = Float64Array.from({ length: (channels + 2 * MARGIN) * SUBSAMPLES + 2 * reach }, (_, i) =>
    density(start + (i - reach) * step),
  );
  const weights = Float64Array.from({ length: 2 * reach + 1 }, (_, i) =>
    reach > 0 ? Math.exp(-0.5 * (((i - reach) * step) / sigmaEv) ** 2) : 1,
  );
  const total = weights.reduce((a, b) => a + b);
  return Float64Array.from({ length: channels + 2 * MARGIN }, (_, channel) => {
    let sum = 0;
    for (let s = channel * SUBSAMPLES; s < (channel + 1) * SUBSAMPLES; s++)
      for (let k = 0; k < weights.length; k++) sum += weights[k] * fine[s + k];
    return (sum / total) * step;
  });
}
