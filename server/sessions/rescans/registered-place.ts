import * as v from 'valibot';
import type { CutOff } from '../../formats/cube.ts';

/** Where the pixels of a rescan lie in its scan, as it was registered, and what they add. */
export interface RegisteredPlace extends CutOff {
  /** Pixel of the scan at which the first row lies, after the shift was corrected. */
  y: number;
  x: number;
  /** Exposure of each pixel of the scan in units of the first pass's dwell. */
  dwells: number;
  /** Where it was found to lie beyond where it was said to, in pixels of the scan; absent where that could not be told. */
  shift?: { y: number; x: number; sigma: number };
  /** Whole pixels by which it was moved for that. */
  applied: { y: number; x: number };
  /** Why nothing tells where it lies. */
  note?: string;
}

const integer = v.pipe(v.number(), v.safeInteger());
const pixel = v.pipe(integer, v.minValue(0));
const runs = v.pipe(
  v.array(v.strictTuple([pixel, pixel])),
  v.check(
    (all) => all.every(([first, end], at) => end > first && (at === 0 || first > all[at - 1][1])),
    'expected runs of pixels in order and apart from each other',
  ),
);

/** Fields of the schema of a `RegisteredPlace`. */
export const REGISTERED_PLACE = {
  y: integer,
  x: integer,
  dwells: v.pipe(v.number(), v.finite(), v.gtValue(0)),
  shift: v.exactOptional(v.looseObject({ y: v.number(), x: v.number(), sigma: v.number() })),
  applied: v.looseObject({ y: integer, x: integer }),
  note: v.exactOptional(v.pipe(v.string(), v.minLength(1))),
  replaces: v.exactOptional(runs),
  omits: v.exactOptional(runs),
};
