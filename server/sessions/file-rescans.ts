import * as v from 'valibot';
import type { EnergyAxis } from '../../protocol/index.ts';
import { SOURCE_FILE_SCHEMA, type SourceFile } from './source-files.ts';

/** A rescan that was added to a scan from a file of its own, which stays where it is. */
export interface FileRescanRecord {
  /** The one that was opened comes first. */
  files: SourceFile[];
  /** What the operator knew better than the file. */
  options: { energy?: EnergyAxis };
  /** Pixel of the scan at which it lies, after the shift was corrected. */
  y: number;
  x: number;
  /** Exposure of each pixel in units of the first pass's dwell. */
  dwells: number;
  /** Where it was found to lie beyond where it was said to, in pixels; absent where that could not be told. */
  shift?: { y: number; x: number; sigma: number };
  /** Whole pixels by which it was moved for that. */
  applied: { y: number; x: number };
  /** Why nothing tells where it lies. */
  note?: string;
}

const integer = v.pipe(v.number(), v.safeInteger());

export const FILE_RESCANS_SCHEMA = v.array(
  v.looseObject({
    files: v.pipe(v.array(SOURCE_FILE_SCHEMA), v.minLength(1)),
    options: v.looseObject({
      energy: v.exactOptional(
        v.looseObject({ offset: v.number(), dispersion: v.number(), units: v.literal('eV') }),
      ),
    }),
    y: integer,
    x: integer,
    dwells: v.pipe(v.number(), v.finite(), v.gtValue(0)),
    shift: v.exactOptional(v.looseObject({ y: v.number(), x: v.number(), sigma: v.number() })),
    applied: v.looseObject({ y: integer, x: integer }),
    note: v.exactOptional(v.string()),
  }),
);
