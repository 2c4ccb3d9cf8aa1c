import * as v from 'valibot';
import type { Scan } from '../../../protocol/index.ts';
import type { ScanDescription } from '../scan-description.ts';
import { REGISTERED_PLACE, type RegisteredPlace } from './registered-place.ts';

/** A rescan of a part of a session's scan, as `session.json` describes it. */
export interface RescanRecord {
  /** Stem of its files: `rescan-1`. */
  file: string;
  /** As its producer announced it; `region` says where it lies. */
  scan: Scan & Required<Pick<Scan, 'region'>>;
  order: ScanDescription['order'];
  /** As the producer wrote it. */
  started?: string;
  /** Its pixels along each side of a pixel of the scan: 1, or how many are summed. */
  finer: number;
  /** Accepted plan that it belongs to, and the number of its region in that. */
  plan?: { number: number; region: number };
  status: 'open' | 'complete' | 'aborted';
  /** ISO 8601, UTC. */
  created: string;
  ended?: string;
  /** Scalar signals; `file` is the last part of their files' names. */
  signals: { name: string; file: string }[];
  /** It has been looked at since it ended: its whole rows were added to the scan, or it was refused. */
  settled?: true;
  /** Why its spectra, which stay in its files, are not added to the scan. */
  refused?: string;
}

/** Whether a rescan has ended and was not looked at yet. */
export const isDue = ({ status, settled }: RescanRecord): boolean => status !== 'open' && settled !== true;

/** Whole rows of a rescan that were added to the scan, and where row 0 of its region lies. */
export interface PatchRecord extends RegisteredPlace {
  /** `file` of the rescan. */
  rescan: string;
  /** Rows [first, end) of its region. */
  rows: [number, number];
  /** Of finer pixels: CRC-32 of the sums of these rows, in the core and, where there is one, the low loss. */
  summed?: number[];
}

/** Something that happened to a rescan, for the journal. */
export interface RescanNote {
  /** Stem of its files. */
  file: string;
  /** As its producer calls it. */
  id: string;
  state: 'began' | 'goes on' | 'ended' | 'added' | 'refused';
  /** In pixels of the scan. */
  region: { y: number; x: number; height: number; width: number };
  plan?: { number: number; region: number };
  /** Spectra that are recorded of it. */
  spectra: number;
  /** How it ended. */
  status?: 'complete' | 'aborted';
  /** Rows [first, end) that were added. */
  rows?: [number, number][];
  /** Patches of the scan from now on. */
  patches?: number;
  /** Where it was found to lie beyond where it was said to, in pixels of the scan. */
  shift?: { y: number; x: number; sigma: number };
  /** Pixels that were cut off before and hold its counts alone now, and those that it has cut off and that are left as they were. */
  replaced?: number;
  omitted?: number;
  /** Why it was not added. */
  refused?: string;
}

const text = v.pipe(v.string(), v.minLength(1));
const whole = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
/** Part of a file's name: it never leads out of the session's folder. */
const stem = v.pipe(text, v.regex(/^[^/\\]+$/, 'expected a name without folders'));

export const RESCANS_SCHEMA = v.array(
  v.looseObject({
    file: v.pipe(text, v.regex(/^rescan-\d+$/, 'expected rescan- and a number')),
    scan: v.looseObject({
      id: text,
      name: text,
      shape: v.strictTuple([whole, whole]),
      channels: whole,
      dtype: v.string(),
      region: v.looseObject({ parentId: text, y: whole, x: whole, height: whole, width: whole }),
    }),
    order: v.picklist(['raster', 'serpentine']),
    started: v.exactOptional(text),
    finer: v.pipe(whole, v.minValue(1)),
    plan: v.exactOptional(v.looseObject({ number: whole, region: whole })),
    status: v.picklist(['open', 'complete', 'aborted']),
    created: v.pipe(v.string(), v.isoTimestamp()),
    ended: v.exactOptional(v.pipe(v.string(), v.isoTimestamp())),
    signals: v.array(v.looseObject({ name: text, file: stem })),
    settled: v.exactOptional(v.literal(true)),
    refused: v.exactOptional(text),
  }),
);

export const PATCHES_SCHEMA = v.array(
  v.looseObject({
    rescan: text,
    rows: v.strictTuple([whole, whole]),
    ...REGISTERED_PLACE,
    summed: v.exactOptional(v.array(whole)),
  }),
);

/** What a rescan is called, for people. */
export const rescanTitle = ({ scan, plan }: Pick<RescanRecord, 'scan' | 'plan'>): string =>
  plan ? `rescan ${plan.region} of plan ${plan.number}` : `rescan "${scan.name}"`;
