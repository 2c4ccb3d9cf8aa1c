import { edgeProbability, lossFunction, PHASES, SCATTERING } from './cross-sections.ts';
import { type ScatteringTerm, scattered, scatteringTerms, termProbabilities } from './plural-scattering.ts';
import { binned, CORE_LOSS, LOW_LOSS, SIGMA_EV, type Spectrometer, SUBSAMPLES } from './spectrometer.ts';

const CORE_ORDERS = 3;
const LOW_LOSS_ORDERS = 6;
/** Terms of the series less probable than this are left out. */
const NEGLIGIBLE = 1e-4;
/** Channels computed beyond either end, from which the drift of the energy axis is served. */
const MARGIN = 16;
/** Energy up to which single losses are followed, eV. */
const LONGEST_LOSS_EV = 200;

/** A ready spectrum, zero below channel `from`; channel 0 lies MARGIN channels below the spectrometer's first. */
interface Component {
  from: number;
  values: Float64Array;
}

/** An edge of a phase, per nm, after the losses of each scattering term. */
interface EdgeComponents {
  /** Index into PHASES. */
  phase: number;
  /** Name in the built-in edge table. */
  edge: string;
  afterTerms: Component[];
}

/** Weighted sums over a pixel's core loss; see `SpectrumModel.coreSums`. */
export interface CoreSums {
  /** Of the whole spectrum, [k]. */
  totals: Float64Array;
  /** Of what each of `SpectrumModel.edges` adds to it, [edge][k]. */
  ofEdges: Float64Array[];
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
  readonly edges: readonly EdgeComponents[];
  readonly #coreTerms = scatteringTerms(PHASES.length, CORE_ORDERS);
  readonly #lowLossTerms = scatteringTerms(PHASES.length, LOW_LOSS_ORDERS);
  readonly #backgrounds: Component[];
  readonly #losses: Component[];
  readonly #optical = new Float64Array(PHASES.length);
  readonly #coreProbabilities = new Float64Array(this.#coreTerms.length);
  readonly #lowLossProbabilities = new Float64Array(this.#lowLossTerms.length);
  readonly #mixed: Float64Array;

  constructor(core: Spectrometer = CORE_LOSS, lowLoss: Spectrometer = LOW_LOSS) {
    this.core = core;
    this.lowLoss = lowLoss;
    this.edges = PHASES.flatMap((name, phase) =>
      SCATTERING[name].edges.map((edge) => ({
        phase,
        edge: edge.edge,
        afterTerms: afterTerms(binned(core, edgeProbability(edge), SIGMA_EV, MARGIN), core, this.#coreTerms),
      })),
    );
    this.#backgrounds = PHASES.map((name) => {
      const { at97, exponent } = SCATTERING[name].background;
      return component(binned(core, (e) => (e > 10 ? at97 * (e / 97) ** -exponent : 0), 0, MARGIN));
    });
    const zeroLoss = (e: number) =>
      Math.exp(-0.5 * (e / SIGMA_EV) ** 2) / (Math.sqrt(2 * Math.PI) * SIGMA_EV);
    this.#losses = afterTerms(binned(lowLoss, zeroLoss, 0, MARGIN), lowLoss, this.#lowLossTerms);
    this.#mixed = new Float64Array(Math.max(core.channels, lowLoss.channels) + 2 * MARGIN);
  }

  /**
   * Core loss per incident electron and channel.
   * @param shiftEv how far the spectrum lies above its true energies: drift of the energy axis
   */
  coreLoss(thicknessNm: ArrayLike<number>, shiftEv: number, out: Float64Array): void {
    this.#mixed.fill(0);
    for (let p = 0; p < PHASES.length; p++)
      if (thicknessNm[p] > 0) this.#add(this.#backgrounds[p], thicknessNm[p]);
    this.#findProbabilities(thicknessNm, this.#coreTerms, this.#coreProbabilities);
    const negligible = NEGLIGIBLE * totalThickness(thicknessNm);
    for (const { phase, afterTerms } of this.edges)
      for (let i = 0; i < afterTerms.length; i++) {
        const weight = this.#coreProbabilities[i] * thicknessNm[phase];
        if (weight > negligible) this.#add(afterTerms[i], weight);
      }
    this.#deliver(thicknessNm, shiftEv, this.core, out);
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

  /**
   * Prepares the sums Σᵢ weights[k][i] · core loss[i], which are linear in the ready spectra: a pixel's sums then cost
   * a fraction of its spectrum. The returned function overwrites and returns one object.
   */
  coreSums(weights: readonly Float64Array[]): (thicknessNm: ArrayLike<number>) => CoreSums {
    const sumsOf = ({ values }: Component) =>
      weights.map((weight) => weight.reduce((sum, w, i) => sum + w * values[MARGIN + i], 0));
    const backgrounds = this.#backgrounds.map(sumsOf);
    const edges = this.edges.map(({ phase, afterTerms }) => ({ phase, sums: afterTerms.map(sumsOf) }));
    const result: CoreSums = {
      totals: new Float64Array(weights.length),
      ofEdges: edges.map(() => new Float64Array(weights.length)),
    };
    return (thicknessNm) => {
      this.#findProbabilities(thicknessNm, this.#coreTerms, this.#coreProbabilities);
      const scale = transmission(thicknessNm);
      for (let k = 0; k < weights.length; k++) {
        let total = 0;
        for (let p = 0; p < backgrounds.length; p++) total += thicknessNm[p] * backgrounds[p][k];
        edges.forEach(({ phase, sums }, e) => {
          let part = 0;
          if (thicknessNm[phase] > 0)
            for (let i = 0; i < sums.length; i++) part += this.#coreProbabilities[i] * sums[i][k];
          part *= thicknessNm[phase];
          total += part;
          result.ofEdges[e][k] = part * scale;
        });
        result.totals[k] = total * scale;
      }
      return result;
    };
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

  #add({ from, values }: Component, weight: number): void {
    const mixed = this.#mixed;
    for (let i = from; i < values.length; i++) mixed[i] += weight * values[i];
  }

  /** Interpolates the mixed spectrum at the drifted energies (Catmull–Rom) and lets the aperture take its share. */
  #deliver(thicknessNm: ArrayLike<number>, shiftEv: number, to: Spectrometer, out: Float64Array): void {
    const most = MARGIN - 3;
    const position = MARGIN - Math.min(most, Math.max(-most, shiftEv / to.energy.dispersion));
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

/** Projected thickness of all phases together, nm. */
export function totalThickness(thicknessNm: ArrayLike<number>): number {
  let sum = 0;
  for (let p = 0; p < PHASES.length; p++) sum += thicknessNm[p];
  return sum;
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
