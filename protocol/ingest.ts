import * as v from 'valibot';
import { DTYPES } from './dtype.ts';
import { InputError } from './errors.ts';
import type { PlanReply } from './plan.ts';
import type { Scan } from './scan.ts';
import { conform } from './schema.ts';

/**
 * The wire between producers and monitor: msgpack maps, one per WebSocket message. Fields that are not listed here are
 * ignored, so that a producer may say more than a monitor understands; nil stands for an absent field.
 */

const finite = v.pipe(v.number(), v.finite());
const positive = v.pipe(finite, v.gtValue(0));
const whole = (least: number) => v.pipe(v.number(), v.safeInteger(), v.minValue(least));
const dtype = v.picklist(DTYPES);
const text = (most: number) => v.pipe(v.string(), v.minLength(1), v.maxLength(most));
const Bytes: new () => Uint8Array = Uint8Array;
const bytes = v.instance(Bytes);
/** Most scalar signals of a scan, the dwell time not counted. */
const MOST_SIGNALS = 32;
const isNumber = (value: unknown): boolean => typeof value === 'number';
/** One number per pixel of the message: as numbers or as f32 bytes, little endian. */
const perPixel = v.custom<number[] | Uint8Array>(
  (value) => value instanceof Uint8Array || (Array.isArray(value) && value.every(isNumber)),
  'expected an array of numbers, or f32 as bytes',
);

/** Scalar signals by name. */
const signals = v.pipe(
  v.record(text(64), perPixel),
  v.check(
    (map) => Object.keys(map).length <= MOST_SIGNALS,
    `expected at most ${MOST_SIGNALS} scalar signals`,
  ),
);

const energy = v.object({
  offset: finite,
  dispersion: positive,
  units: v.optional(v.literal('eV'), 'eV'),
});

const pair = v.strictTuple([finite, finite]);

/** How a scan lies in the field of its instrument, as `ScanContext`. */
export const scanContext = v.object({
  shape: v.strictTuple([whole(1), whole(1)]),
  fovNm: positive,
  centreNm: v.optional(pair, [0, 0]),
  rotationRad: v.optional(finite, 0),
  subscan: v.exactOptional(
    v.object({
      centre: pair,
      size: v.strictTuple([positive, positive]),
      rotationRad: v.optional(finite, 0),
    }),
  ),
});

const scan = v.object({
  type: v.literal('scan'),
  id: text(200),
  name: v.exactOptional(text(200)),
  /** When the acquisition began, in whatever form: with another one the same id means another scan. */
  started: v.exactOptional(text(64)),
  shape: v.strictTuple([whole(1), whole(1)]),
  channels: whole(1),
  energy,
  dtype,
  lowLoss: v.exactOptional(v.object({ channels: whole(1), energy, dtype })),
  /** `serpentine`: odd rows are scanned from right to left; the producer counts pixels as it acquires them. */
  order: v.optional(v.picklist(['raster', 'serpentine']), 'raster'),
  /** Which pass over the same pixels follows, from 0; passes add up. */
  pass: v.optional(v.pipe(whole(0), v.maxValue(255)), 0),
  /** How many passes there will be, if that is known. */
  passes: v.exactOptional(v.pipe(whole(1), v.maxValue(256))),
  pixelSizeNm: v.exactOptional(positive),
  dwellSeconds: v.exactOptional(positive),
  beamKv: v.exactOptional(positive),
  convergenceMrad: v.exactOptional(positive),
  collectionMrad: v.exactOptional(positive),
  gain: v.exactOptional(positive),
  readNoise: v.exactOptional(finite),
  simulated: v.exactOptional(v.boolean()),
  /** How the scan lies in the field of the instrument; exports of plans need it where the field is not the scan. */
  context: v.exactOptional(scanContext),
  region: v.exactOptional(
    v.object({
      parentId: text(200),
      y: whole(0),
      x: whole(0),
      height: whole(1),
      width: whole(1),
      dwells: v.exactOptional(positive),
      sum: v.exactOptional(v.boolean()),
    }),
  ),
});

const spectra = v.object({
  type: v.literal('spectra'),
  /** First pixel in the order of acquisition. */
  first: whole(0),
  count: whole(1),
  /** `count * channels` samples, spectrum after spectrum, little endian. */
  data: bytes,
  lowLoss: v.exactOptional(bytes),
  /** Scalar signals recorded with the spectra (HAADF …). */
  signals: v.exactOptional(signals),
  /** What `signals` was called before; ignored where both are there, so that a producer can serve older monitors too. */
  channels: v.exactOptional(signals),
  /** Seconds the beam stayed on each pixel. */
  dwell: v.exactOptional(perPixel),
});

const end = v.object({
  type: v.literal('end'),
  status: v.optional(v.picklist(['complete', 'aborted']), 'complete'),
});

/** Asks what to scan next; may be sent at any time, also without a scan. */
const planQuestion = v.object({ type: v.literal('plan?') });

const ingestMessage = v.variant('type', [scan, spectra, end, planQuestion]);
/** Characters of a type that there is not, which an error repeats. */
const MOST_PLACE = 40;

export type IngestScan = v.InferOutput<typeof scan>;
export type IngestSpectra = v.InferOutput<typeof spectra>;
export type IngestEnd = v.InferOutput<typeof end>;
export type IngestPlanQuestion = v.InferOutput<typeof planQuestion>;
export type IngestMessage = IngestScan | IngestSpectra | IngestEnd | IngestPlanQuestion;
/** What a producer may leave out is optional here. */
export type ProducerMessage = v.InferInput<typeof ingestMessage>;

export type IngestErrorCode =
  /** Not a message of this protocol. */
  | 'message'
  /** Spectra or an end without a scan. */
  | 'sequence'
  /** The scan's id is known with another shape, energy axis, type or order; or a rescan does not fit into its parent. */
  | 'geometry'
  /** Another producer is sending another scan. */
  | 'busy'
  /** Pixels outside the scan, or bytes that do not fit their number. */
  | 'range'
  | 'length'
  /** A sample that is not a number; the message is not recorded, the connection goes on. */
  | 'value'
  /** Other spectra are recorded there; the first ones are kept, the connection goes on. */
  | 'conflict'
  /** The spool cannot be written. */
  | 'storage';

export type IngestReply =
  /** The scan is taken; send from pixel `next` on. */
  | { type: 'ready'; next: number }
  /** All pixels before `next` are written (survive the end of the monitor), before `synced` on disk. */
  | { type: 'ack'; next: number; synced: number }
  /** Answer to `plan?`. */
  | PlanReply
  | { type: 'error'; code: IngestErrorCode; message: string };

/**
 * Holds a decoded message against the protocol.
 * @throws InputError naming the field
 */
export function parseIngestMessage(value: unknown): IngestMessage {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Uint8Array)
    throw new InputError('ingest message', 'form', 'expected a msgpack map');
  const present = Object.entries(value).filter(([, field]) => field !== null && field !== undefined);
  const { type } = value as { type?: unknown };
  const place = typeof type === 'string' ? type.slice(0, MOST_PLACE) : 'ingest message';
  return conform(ingestMessage, Object.fromEntries(present), place);
}

/** The scan as the rest of the monitor knows it. */
export function scanOf(message: IngestScan): Scan {
  const {
    type: _type,
    order: _order,
    pass: _pass,
    passes: _passes,
    started: _started,
    gain: _gain,
    readNoise: _noise,
    ...rest
  } = message;
  return { ...rest, name: message.name ?? message.id };
}
