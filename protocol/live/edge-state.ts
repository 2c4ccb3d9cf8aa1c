import * as v from 'valibot';
import { energyAxis } from './scan.ts';
import { number, numbers, pair, word } from './values.ts';

export const classState = v.object({
  label: number,
  /** Persistent identity through refits; `classPlaces` gives the colour that it is drawn in. */
  colour: number,
  count: number,
  /** In the embedding, after `orientation`. */
  centroid: pair,
  /** Whether references name the class; absent until they were compared, or where there are none for the edge. */
  verdict: v.exactOptional(word('match', 'ambiguous', 'only reference', 'no match')),
  /** `SiO2`, or of two overlapping phases `Si + SiO2`; only with the verdict `match`. */
  name: v.exactOptional(v.string()),
  /** The most alike phase, whatever the verdict, and the correlation of the near-edge structures. */
  best: v.exactOptional(v.string()),
  score: v.exactOptional(number),
  /** The most alike of the other phases, and the lead over it; absent where no other has a reference at the edge. */
  second: v.exactOptional(v.object({ name: v.string(), score: number })),
  margin: v.exactOptional(number),
  /** Why it is not a match. */
  verdictNote: v.exactOptional(v.string()),
});

/** Something that happened to the classes on screen when `present` pixels showed the edge. */
export const classEvent = v.variant('kind', [
  /** A class with a new identity is there, or one is gone; an identity is never used again. */
  v.object({ kind: v.picklist(['birth', 'death']), colour: number, present: number }),
  /** Classes were learned anew: this share of the pixels has another one since. */
  v.object({ kind: v.literal('re-learning'), churn: number, present: number }),
]);

export const edgeState = v.object({
  type: v.literal('edge'),
  epoch: number,
  name: v.string(),
  status: word('unavailable', 'collecting', 'fitting', 'live', 'final'),
  /** Why the edge cannot be analysed, or a warning about it. */
  note: v.exactOptional(v.string()),
  /** Number of the fitted model that the maps show; 0 before the first. */
  revision: number,
  present: number,
  absent: number,
  /** Pixels that show the edge at which the next refit starts. */
  nextRefitAt: v.exactOptional(number),
  components: number,
  /** Share of the variance each component explains. */
  explained: numbers,
  landmarks: number,
  /** Classes are found without what a shift of the energy axis changes: its origin is not known, it is no phase. */
  withoutShift: v.exactOptional(v.boolean()),
  /** Detector gain: variance over mean of window sums, 1 for pure counting. */
  gain: number,
  /** Pixels whose background is not to be trusted, by what is wrong with it; absent before the first model. */
  flags: v.exactOptional(
    v.object({ noSignal: number, clamped: number, overSubtracted: number, level: number }),
  ),
  /**
   * Adjusted mutual information of the classes as found in the scores and in the embedding, as many of each; below
   * RELIABLE_AGREEMENT the two disagree. Absent for a single class.
   */
  agreement: v.exactOptional(number),
  /** The spectra differ by more than their noise, but form no separate groups: the classes cut a continuum. */
  graded: v.exactOptional(v.boolean()),
  /** Classes that are there because some pixels are unlike every other class, and how many pixels those were. */
  births: v.exactOptional(v.array(v.object({ label: number, pixels: number }))),
  /** What happened to the classes last, newest last; absent while nothing has. */
  events: v.exactOptional(v.array(classEvent)),
  classes: v.array(classState),
  /** Display transform of the embedding layer, row-major 2 × 3: keeps the embedding from flipping between refits. */
  orientation: v.tuple([number, number, number, number, number, number]),
});

/** Mean net spectra (background subtracted, counts) of the classes over fit and signal window. */
export const classSpectra = v.object({
  type: v.literal('class-spectra'),
  epoch: number,
  edge: v.string(),
  revision: number,
  /** Energy axis of the arrays; channel 0 of it is the first channel sent. */
  energy: energyAxis,
  spectra: v.array(v.object({ label: number, count: number, mean: numbers })),
});
