import type { Calibration } from './calibration.ts';
import type { Answer, CommandRequest } from './commands.ts';
import type { Edge } from './edges.ts';
import type { PairInformation } from './information.ts';
import type { LayerKind } from './map-kinds.ts';
import type { Phases } from './phases.ts';
import type { Plan } from './plan.ts';
import type { Annotations, Player, Timeline } from './player.ts';
import type { EnergyAxis, Scan } from './scan.ts';

/**
 * The wire between monitor and dashboards: JSON text for words, binary frames (frame.ts) for pictures.
 * `Topic` messages carry a whole state each, so the newest one replaces every older one; the others are the
 * control plane: ordered and never dropped.
 */

/** A picture of the scan, `rows * columns * components` samples; NaN (f32) or −2 (i16) where not measured. */
export interface Layer {
  id: number;
  kind: LayerKind;
  /** What it shows, as a heading: `Si-L intensity`, `HAADF`, `Information Si-L × C-K`. */
  name: string;
  units: string;
  dtype: 'f32' | 'i16';
  /** 2 for an embedding (x, y), 1 otherwise. */
  components: 1 | 2;
  edge?: string;
  pair?: [string, string];
}

/** First message after the handshake. */
export interface Hello {
  type: 'hello';
  /** Differs after a restart of the monitor: caches of another session must be dropped. */
  sessionId: string;
  version: string;
  capabilities: string[];
  /** Where the monitor looks for scans, for people. */
  awaits?: string;
}

/** A scan begins, or is there already on joining. `epoch` grows with every scan: frames of another are ignored. */
export interface ScanMessage {
  type: 'scan';
  epoch: number;
  scan: Scan;
  source: string;
  edges: Edge[];
  layers: Layer[];
}

/** A layer that appears later, e.g. a channel that the producer sends from some row on. */
export interface LayerMessage {
  type: 'layer';
  epoch: number;
  layer: Layer;
}

/**
 * `complete`: every final map is there. `aborted`: so are they, of the spectra that came before the scan ended early.
 * `failed`: the scan has ended, and some of its final maps could not be made; an alert says which and why.
 */
export type ScanStatus = 'waiting' | 'live' | 'stalled' | 'finalising' | 'complete' | 'aborted' | 'failed';

/** Nothing more comes, unless the scan goes on after all. */
export const hasEnded = (status: ScanStatus): boolean =>
  status === 'complete' || status === 'aborted' || status === 'failed';

export interface Progress {
  type: 'progress';
  epoch: number;
  status: ScanStatus;
  /** Spectra recorded so far, of `total` in all passes. */
  spectra: number;
  total: number;
  /** Next pixel of the scan order, so that the dashboard can mark the row being scanned. */
  nextPixel: number;
  /** Recent rate, spectra/s; undefined until it is known. */
  rate?: number;
  etaSeconds?: number;
  elapsedSeconds: number;
  /** Wall clock of the server when the newest spectrum was seen, and now; ms since 1970. Their difference is the age. */
  newestAt: number;
  sentAt: number;
  /** Spectra seen but not yet analysed by the slowest edge. */
  backlog: number;
  /** Where the scan is recorded: spectra that are written (survive a crash), and on disk (survive a power failure). */
  recorded?: { spectra: number; onDisk: number };
}

export interface ClassState {
  label: number;
  /** Persistent identity through refits; how it is drawn say `classPlaces`. */
  colour: number;
  count: number;
  /** In the plane of the embedding, after `orientation`. */
  centroid: [number, number];
  /** Whether references name the class; absent until they were asked, or where there are none for the edge. */
  verdict?: 'match' | 'ambiguous' | 'only reference' | 'no match';
  /** `SiO2`, or of two overlapping phases `Si + SiO2`; only with the verdict `match`. */
  name?: string;
  /** The most alike phase, whatever the verdict, and the correlation of the near-edge structures. */
  best?: string;
  score?: number;
  /** The most alike of the other phases, and the lead over it; absent where no other has a reference at the edge. */
  second?: { name: string; score: number };
  margin?: number;
  /** Why it is not a match. */
  verdictNote?: string;
}

export type EdgeStatus = 'unavailable' | 'collecting' | 'fitting' | 'live' | 'final';

/** Classes found in two ways that agree less than this are to be read with care. */
export const RELIABLE_AGREEMENT = 0.7;

/** Something that happened to the classes on screen when `present` pixels showed the edge. */
export type ClassEvent =
  /** A class with a new identity is there, or one is gone; an identity is never used again. */
  | { kind: 'birth' | 'death'; colour: number; present: number }
  /** Classes were learned anew: this share of the pixels has another one since. */
  | { kind: 're-learning'; churn: number; present: number };

export interface EdgeState {
  type: 'edge';
  epoch: number;
  name: string;
  status: EdgeStatus;
  /** Why the edge cannot be analysed, or a warning about it. */
  note?: string;
  /** Number of the fitted model that the maps show; 0 before the first. */
  revision: number;
  present: number;
  absent: number;
  /** Pixels that show the edge at which the next refit starts. */
  nextRefitAt?: number;
  components: number;
  /** Share of the variance each component explains. */
  explained: number[];
  landmarks: number;
  /** Classes are found without what a shift of the energy axis changes: its origin is not known, it is no phase. */
  withoutShift?: boolean;
  /** Detector gain: variance over mean of window sums, 1 for pure counting. */
  gain: number;
  /** Pixels whose background is not to be trusted, by what is wrong with it; absent before the first model. */
  flags?: { noSignal: number; clamped: number; overSubtracted: number; level: number };
  /**
   * Adjusted mutual information of the classes as found in the scores and in the plane, as many of each; below
   * RELIABLE_AGREEMENT the two tell different stories. Absent for a single class.
   */
  agreement?: number;
  /** The spectra differ by more than their noise, but form no separate groups: the classes cut a continuum. */
  graded?: boolean;
  /** Classes that are there because some pixels are unlike every other class, and how many told so. */
  births?: { label: number; pixels: number }[];
  /** What happened to the classes last, newest last; absent while nothing has. */
  events?: ClassEvent[];
  classes: ClassState[];
  /** Display transform of the embedding layer, row-major 2 × 3: keeps the plane from flipping between refits. */
  orientation: [number, number, number, number, number, number];
}

/** Mean net spectra (background subtracted, counts) of the classes over fit and signal window. */
export interface ClassSpectra {
  type: 'class-spectra';
  epoch: number;
  edge: string;
  revision: number;
  /** Energy axis of the arrays; channel 0 of it is the first channel sent. */
  energy: EnergyAxis;
  spectra: { label: number; count: number; mean: number[] }[];
}

export interface SumSpectrum {
  type: 'sum-spectrum';
  epoch: number;
  spectra: number;
  energy: EnergyAxis;
  counts: number[];
  lowLoss?: { energy: EnergyAxis; counts: number[] };
  /** What the detector added, left out of the analysis: channels by index, samples by number. The data are untouched. */
  faults?: { dead: number[]; hot: number[]; spikes: number; saturated: number };
  /** Shift of the energy axis over the scan, eV: how far above its true energies a spectrum lies. */
  drift?: {
    by: 'zero-loss peak' | 'edge onset';
    mean: number;
    least: number;
    most: number;
    /** Standard deviation of one pixel's shift, in the middle of the pixels. */
    uncertainty?: number;
    /** Whether the spectra are moved by it before they are analysed. */
    aligned?: boolean;
    /** What the shift comes of, by the edges: it is the instrument's where edges shift together whatever the specimen is. */
    origin?: 'none' | 'instrument' | 'unknown' | 'follows the specimen';
    /** Standard deviation from pixel to pixel beyond counting, eV. */
    jitter?: number;
    /** Edges that tell it, and the concordance of their shifts where there are two. */
    edges?: string[];
    agreement?: number;
  };
  /** The zero-loss peak, where there is one: in the low loss, or (`own`) in the spectra themselves. */
  zeroLoss?: {
    /** Median over the pixels, eV; 0 on an axis that is right. */
    position: number;
    own: boolean;
    /** Whether spectra are moved so that it lies at 0 eV. */
    mends: boolean;
  };
  /** Standard deviation of t/λ that counting gives it, median over the pixels. */
  thicknessDeviation?: number;
  /** Pixels whose zero-loss peak is cut off; t/λ is an upper bound there. */
  saturatedZeroLoss?: number;
}

export interface Alert {
  /** Alerts of one id replace each other. */
  id: string;
  severity: 'info' | 'warning' | 'error';
  message: string;
  tip?: string;
  /** An energy axis that can be chosen at once, and what the button for it says. */
  axis?: { label: string; offset: number; dispersion: number };
  /** Since when, ms since 1970: stays while the same goes on with other figures, so that it can be dismissed. */
  at: number;
}

export interface Alerts {
  type: 'alerts';
  alerts: Alert[];
}

/** Answer to `spectrum`: one pixel as recorded and as each edge sees it. */
export interface PixelSpectrum {
  type: 'spectrum';
  request: number;
  epoch: number;
  pixel: number;
  measured: boolean;
  energy: EnergyAxis;
  /** As recorded. */
  raw: number[];
  edges: {
    name: string;
    label: number;
    /** Net counts over their noise. */
    snr: number;
    /** Exponent r of the background A·E^−r. */
    exponent: number;
    /** First channel of the arrays below; they reach from the fit window to the end of the signal window. */
    firstChannel: number;
    /** What was analysed: moved onto the scan's energy axis where spectra are, without what the detector added. */
    counts: number[];
    background: number[];
    /** PCA reconstruction of the net signal over the signal window, counts; absent before the first model. */
    reconstruction?: { firstChannel: number; counts: number[] };
  }[];
  lowLoss?: { energy: EnergyAxis; counts: number[] };
}

export interface Fault {
  type: 'fault';
  request?: number;
  message: string;
}

/** How many pictures were left out for this dashboard because it was too slow; the data are complete. */
export interface Delivery {
  type: 'delivery';
  skipped: number;
}

/** Whole states: the newest replaces the older ones. */
export type Topic =
  | Progress
  | EdgeState
  | ClassSpectra
  | SumSpectrum
  | Calibration
  | PairInformation
  | Phases
  | Alerts
  | Annotations
  | Player
  | Timeline
  | Plan
  | Delivery;
export type Control = Hello | ScanMessage | LayerMessage | PixelSpectrum | Answer | Fault;
export type ServerMessage = Topic | Control;

/** Under which key a topic replaces its predecessor. */
export function topicKey(topic: Topic): string {
  switch (topic.type) {
    case 'edge':
      return `edge/${topic.name}`;
    case 'class-spectra':
      return `class-spectra/${topic.edge}`;
    case 'information':
      return `information/${topic.a}~${topic.b}`;
    default:
      return topic.type;
  }
}

/** Ask for one pixel's spectrum; the answer repeats `request`. */
export interface SpectrumRequest {
  type: 'spectrum';
  request: number;
  pixel: number;
}

export type ClientMessage = SpectrumRequest | CommandRequest;
