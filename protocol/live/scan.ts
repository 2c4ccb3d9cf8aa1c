import * as v from 'valibot';
import { DTYPES } from '../dtype.ts';
import { type LayerKind, MAP_KINDS } from '../map-kinds.ts';
import { names, number, pair, word } from './values.ts';

/** Energy of channel i is `offset + dispersion * i`, in eV. */
export const energyAxis = v.object({ offset: number, dispersion: number, units: v.literal('eV') });

const dtype = word(...DTYPES);

/** Where a scan lies inside a parent scan, in the parent's pixels. */
export const scanRegion = v.object({
  parentId: v.string(),
  y: number,
  x: number,
  height: number,
  width: number,
  /**
   * Exposure of each pixel of the parent, in units of its dwell; by default from the dwell times of both, else 1 for each pixel of
   * the rescan.
   */
  dwells: v.exactOptional(number),
  /** Of finer pixels than the parent's: whether they are summed down to the parent's pixels and added to them, default false. */
  sum: v.exactOptional(v.boolean()),
});

/**
 * A part of a context scan, as scan generators describe it: fractions of the context's height and width. Angles are
 * counterclockwise as seen on the picture, whose rows run downwards.
 */
export const subScan = v.object({
  /** Of its centre, [y, x]. */
  centre: pair,
  /** [height, width] along its own axes. */
  size: pair,
  /** Against the context scan. */
  rotationRad: number,
});

/** Where a scan lies in the field of view of its instrument: what a scan generator needs to go there again. */
export const scanContext = v.object({
  /** Pixels of the context scan, [rows, columns]; they are square. */
  shape: pair,
  /** Length of its longer side, nm. */
  fovNm: number,
  /** Of its centre, [y, x]. */
  centreNm: pair,
  rotationRad: number,
  /** The part of it that the scan covers; absent where that is all of it. */
  subscan: v.exactOptional(subScan),
});

/** One acquisition of a spectrum image: `shape` = [rows y, columns x], row-major everywhere. */
export const scan = v.object({
  id: v.string(),
  /** What the operator calls it: a file's stem or the producer's id. */
  name: v.string(),
  shape: pair,
  /** Energy channels per spectrum. */
  channels: number,
  energy: energyAxis,
  dtype,
  /** Low-loss partner recorded at every pixel (dual EELS). */
  lowLoss: v.exactOptional(v.object({ channels: number, energy: energyAxis, dtype })),
  pixelSizeNm: v.exactOptional(number),
  dwellSeconds: v.exactOptional(number),
  beamKv: v.exactOptional(number),
  convergenceMrad: v.exactOptional(number),
  collectionMrad: v.exactOptional(number),
  region: v.exactOptional(scanRegion),
  context: v.exactOptional(scanContext),
  /** True for data that were computed, not measured; shown wherever the scan is named. */
  simulated: v.exactOptional(v.boolean()),
});

/** An element's ionisation edge with the window its background is fitted in and the window its signal lies in, eV. */
export const edge = v.object({
  /** Unique in a run, e.g. `Si-L`; also the name of folders and URLs, hence [A-Za-z0-9._-] only. */
  name: v.string(),
  onsetEv: number,
  /** [from, to) in eV. */
  fitWindow: pair,
  signalWindow: pair,
  /** The windows were given by the user and stay as they are; others are adapted to edges beside this one. */
  windowsGiven: v.exactOptional(v.literal(true)),
});

/** A picture of the scan, `rows * columns * components` samples; NaN (f32) or −2 (i16) where not measured. */
export const layer = v.object({
  id: number,
  kind: word(...(Object.keys(MAP_KINDS) as LayerKind[])),
  /** What it shows, as a heading: `Si-L intensity`, `HAADF`, `Information Si-L × C-K`. */
  name: v.string(),
  units: v.string(),
  dtype: v.picklist(['f32', 'i16']),
  /** 2 for an embedding (x, y), 1 otherwise. */
  components: v.picklist([1, 2]),
  edge: v.exactOptional(v.string()),
  pair: v.exactOptional(v.tuple([v.string(), v.string()])),
});

/** First message after the handshake. */
export const hello = v.object({
  type: v.literal('hello'),
  /** Differs after a restart of the monitor: what a client has kept of another one is no longer true. */
  sessionId: v.string(),
  version: v.string(),
  capabilities: names,
  /** Where the monitor looks for scans, for people. */
  awaits: v.exactOptional(v.string()),
});

/** A scan begins, or is there already on joining. `epoch` grows with every scan: frames of another are ignored. */
export const scanMessage = v.object({
  type: v.literal('scan'),
  epoch: number,
  scan,
  source: v.string(),
  edges: v.array(edge),
  layers: v.array(layer),
});

/** A layer that appears later, e.g. a signal that the producer sends from some row on. */
export const layerMessage = v.object({ type: v.literal('layer'), epoch: number, layer });
