import * as v from 'valibot';
import { names, number, numbers } from './values.ts';

/**
 * One phase of the phase map: pixels that the edges together say are the same. A named phase has the name that references give to
 * classes (`SiC`; two that overlap in every pixel of a class: `Si + SiO2`); what no reference names is called after its edge and its
 * class, `Si-L phase A` for class 0, B for class 1 and so on.
 */
export const phase = v.object({
  /** Its number in the map `phases`. */
  number,
  name: v.string(),
  /** Whether references name it. */
  isNamed: v.boolean(),
  /** Edges that name it in at least half of its pixels. */
  edges: names,
  /** Classes that it is made of: by edge the labels of those that have its name, or that it stands for. */
  parts: v.array(v.object({ edge: v.string(), labels: numbers })),
  /** Pixels. */
  count: number,
  /** Share of the pixels in which any edge is present, 0–1. */
  fraction: number,
  /** Standard deviation of the fraction, of the probabilities of the classes: √Σ p(1 − p) over its pixels. */
  fractionSigma: number,
  /** Mean t/λ with its standard error; absent without a zero-loss peak. */
  thickness: v.exactOptional(number),
  thicknessSigma: v.exactOptional(number),
  /** Separate regions (8-connected) of at least four pixels; fewer are as likely noise. */
  regions: number,
  /** Median diameter of a circle with the area of a region, in pixels, and in nm where the pixel size is known; absent without regions. */
  medianSizePixels: v.exactOptional(number),
  medianSizeNm: v.exactOptional(number),
  /** Share of its pixels in which every edge of its elements names it. */
  confirmed: number,
  /**
   * Share in which no edge of its elements says otherwise, but one says nothing: its class has no name or is a mixture that holds the
   * phase, or it has no model yet. What is left is contradicted: an edge of its elements names another phase, or is absent.
   */
  undecided: number,
});

/** The table of the phase map. Whole state: the newest replaces the one before. */
export const phases = v.object({
  type: v.literal('phases'),
  epoch: number,
  /** That of the rows of the map which it belongs to. */
  revision: number,
  /** Pixels that are measured and that at least one edge has a model for, and those of them where no edge is present. */
  pixels: number,
  absent: number,
  /** By number: named ones in the order of their names, then the others in the order of edges and classes. */
  phases: v.array(phase),
});
