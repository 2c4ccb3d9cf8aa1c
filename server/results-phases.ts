import * as v from 'valibot';
import type { PhaseTable } from '../protocol/index.ts';
import { conform } from '../protocol/schema.ts';

const whole = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const positive = v.pipe(v.number(), v.minValue(0));
const text = v.pipe(v.string(), v.minLength(1));

const phase = v.strictObject({
  number: whole,
  name: text,
  isNamed: v.boolean(),
  edges: v.array(text),
  parts: v.array(v.strictObject({ edge: text, labels: v.array(whole) })),
  count: whole,
  fraction: share,
  fractionSigma: positive,
  thickness: v.exactOptional(v.number()),
  thicknessSigma: v.exactOptional(positive),
  regions: whole,
  medianSizePixels: v.exactOptional(positive),
  medianSizeNm: v.exactOptional(positive),
  confirmed: share,
  undecided: share,
});

const SCHEMA = v.strictObject({
  pixels: whole,
  absent: whole,
  phases: v.pipe(
    v.array(phase),
    v.check(
      (all) => all.every(({ number }, i) => number === i),
      'expected phases in the order of their numbers from 0',
    ),
  ),
});

/**
 * Checks the content of a `phases.json`.
 * @param place what to call the file in errors
 * @throws InputError naming the first field that is wrong
 */
export const parsePhaseTable = (content: unknown, place: string): PhaseTable =>
  conform(SCHEMA, content, place);
