import type { Scan } from './scan.ts';

/** What a comparison says of two analyses A and B. Differences are B − A. */
export interface Comparison {
  a: ComparedSide;
  b: ComparedSide;
  /** What has to be known to read the figures: other scans, other axes, an analysis that failed. */
  notes: string[];
  /** Edges that both have, in A's order. */
  edges: EdgeComparison[];
  /** Maps of the scan that both have. */
  maps: MapComparison[];
  /** Edges and maps that only one has. */
  onlyA: OneSided;
  onlyB: OneSided;
}

export interface ComparedSide {
  /** As it was named by the user. */
  path: string;
  kind: 'session' | 'results' | 'file';
  /** `as recorded`, `as stored`, `analysed with --classes 3` … */
  how: string;
  scan: Pick<Scan, 'name' | 'shape' | 'simulated'> & { pixelSizeNm?: number };
  /** Version of the program that made the maps. */
  version: string;
}

export interface OneSided {
  edges: string[];
  maps: string[];
}

export interface EdgeComparison {
  edge: string;
  notes: string[];
  pixels: ComparedPixels;
  /** Over all pixels measured in both, absence being a class of its own; absent where there are none. */
  agreement?: ClassAgreement;
  /** Over the pixels where the edge is present in both. */
  agreementPresent?: ClassAgreement;
  /** Classes of A and of B, by label. */
  classes: { a: ComparedClass[]; b: ComparedClass[] };
  /** Joint counts of the labels over all pixels measured in both; −1 is absence. */
  table: { rows: number[]; columns: number[]; counts: number[][] };
  correspondence: ClassCorrespondence;
  maps: MapComparison[];
  /** Mean spectra of matched classes. */
  spectra: { a: number; b: number; difference?: SpectrumDifference }[];
  /** Layers of `/live` that show the classes of A and of B, and where they differ. */
  layers?: LayerTriple;
}

export interface ComparedPixels {
  /** Measured in both: what all figures are about. */
  compared: number;
  presentInBoth: number;
  absentInBoth: number;
  presentInAOnly: number;
  presentInBOnly: number;
  /** Left out: not measured in A alone, in B alone, in both. */
  unmeasured: { a: number; b: number; both: number };
}

export interface ClassAgreement {
  /** Adjusted Rand index and adjusted mutual information: 1 for the same classes, 0 on average for unrelated ones. */
  ari: number;
  ami: number;
  /** Both maps are one class: the figures are 1 by convention and say nothing. */
  oneClass: boolean;
}

export interface ComparedClass {
  label: number;
  pixels: number;
  /** Phase that references name; only with the verdict `match`. */
  name?: string;
}

/** A class of A and the class of B that stands for it. */
export interface MatchedClasses {
  a: number;
  b: number;
  /** Pixels that are in both. */
  pixels: number;
  /** Their share of each class, of the pixels measured in both maps. */
  shareOfA: number;
  shareOfB: number;
}

/** Which classes of two maps stand for each other, one to one. */
export interface ClassCorrespondence {
  /** In the order of A's classes. */
  matches: MatchedClasses[];
  /** Classes without a counterpart. */
  onlyA: number[];
  onlyB: number[];
  /** Pixels in matched classes, of those present in both maps; absent where there are none. */
  share?: number;
  /** Pixels in matched classes or absent in both, of those measured in both; absent where there are none. */
  shareWithAbsence?: number;
}

export interface MapComparison {
  /** `intensity`, `snr`, `counts`, `thickness`. */
  map: string;
  units: string;
  /** Absent where no pixel is measured in both. */
  difference?: MapDifference;
  layers?: LayerTriple;
}

/** Ids of layers. */
export interface LayerTriple {
  a: number;
  b: number;
  difference: number;
}

/** How two maps of one quantity differ, B − A, in the unit of the maps. */
export interface MapDifference {
  /** Pixels measured in both; those measured in one alone are left out of everything else. */
  pixels: number;
  onlyA: number;
  onlyB: number;
  mean: number;
  rms: number;
  /** Root mean square of the difference over that of the mean of both maps; absent where they are zero. */
  relativeRms?: number;
  /** The difference of the greatest magnitude, and where it is. */
  largest: { difference: number; pixel: number };
  /** Pearson's; absent where one of the maps is constant. */
  correlation?: number;
  /** Share of the pixels whose values are equal. */
  equal: number;
  /** Share of the pixels that differ by more than three standard deviations of two independent measurements. */
  beyondNoise?: number;
}

/** How two spectra differ on a common energy axis, in counts per eV, so that dispersions may differ. */
export interface SpectrumDifference {
  /** First and last channel of the common axis, its step (that of the coarser), eV. */
  fromEv: number;
  toEv: number;
  stepEv: number;
  /** Root mean square of B − A over that of their mean. */
  relativeRms?: number;
  /** B over A, by least squares: more specimen or dose. Absent where A is zero. */
  ratio?: number;
  /** What is left of B once the best multiple of A is taken off, root mean square over that of B. */
  shapeRms?: number;
  /**
   * Energy by which B lies above A, eV, where they are most alike but for their ratio, and its standard deviation if what is left
   * were noise. Absent where that is at the end of what is searched (5 eV, or a tenth of the range), or where more than a quarter
   * of B's squares is left: then they are not one structure that has moved.
   */
  shift?: { ev: number; sigma: number };
}
