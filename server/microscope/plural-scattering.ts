/**
 * Terms of the Poisson series of plural scattering through several phases. A term is a multiset of phases that
 * scattered inelastically, at most `order` of them; `parent` is the term with one scattering less and `last` the
 * phase added to it, so that weights and spectra of all terms follow from one multiplication each.
 */
export interface ScatteringTerm {
  order: number;
  parent: number;
  last: number;
  /** How often `last` occurs in the multiset. */
  repeats: number;
}

/** All terms up to `order`, parents first. Term 0 is no scattering at all. */
export function scatteringTerms(phases: number, order: number): ScatteringTerm[] {
  const terms: ScatteringTerm[] = [{ order: 0, parent: -1, last: 0, repeats: 0 }];
  for (let parent = 0; parent < terms.length; parent++) {
    const { order: done, last, repeats } = terms[parent];
    if (done === order) break;
    for (let phase = last; phase < phases; phase++)
      terms.push({
        order: done + 1,
        parent,
        last: phase,
        repeats: done > 0 && phase === last ? repeats + 1 : 1,
      });
  }
  return terms;
}

/**
 * Probabilities of the terms for optical thicknesses τ (t/λ) of the phases: Π e^−τ τⁿ/n!. The highest order stands
 * for itself and all higher ones, so that the probabilities add up to 1.
 */
export function termProbabilities(
  terms: readonly ScatteringTerm[],
  opticalThickness: ArrayLike<number>,
  out: Float64Array,
): void {
  let total = 0;
  for (let phase = 0; phase < opticalThickness.length; phase++) total += opticalThickness[phase];
  const none = Math.exp(-total);
  const highest = terms[terms.length - 1].order;
  let below = 0;
  let top = 0;
  out[0] = none;
  for (let i = 0; i < terms.length; i++) {
    const { order, parent, last, repeats } = terms[i];
    if (i > 0) out[i] = (out[parent] * opticalThickness[last]) / repeats;
    if (order < highest) below += out[i];
    else top += out[i];
  }
  if (top > 0) {
    const scale = (1 - below) / top;
    for (let i = terms.length - 1; terms[i].order === highest; i--) out[i] *= scale;
  }
}

/** Convolves `spectrum` with a loss distribution on the same dispersion: out[i] = Σ_k loss[k] · spectrum[i − k]. */
export function scattered(spectrum: Float64Array, loss: Float64Array): Float64Array {
  const out = new Float64Array(spectrum.length);
  for (let k = 0; k < loss.length && k < spectrum.length; k++) {
    const probability = loss[k];
    if (probability === 0) continue;
    for (let i = k; i < spectrum.length; i++) out[i] += probability * spectrum[i - k];
  }
  return out;
}
