import * as v from 'valibot';
import { EDGE_NAME } from '../protocol/index.ts';
import { conform } from '../protocol/schema.ts';

const name = v.pipe(v.string(), v.regex(EDGE_NAME, 'expected letters, digits, dots and dashes'));
const whole = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const size = v.pipe(whole, v.minValue(1));
/** Figures that are not finite are null in JSON. */
const figure = v.nullish(v.number());
const window = v.strictTuple([v.number(), v.number()]);

const edge = v.looseObject({
  onset: v.optional(v.number()),
  background: v.optional(v.string()),
  fitWindow: v.optional(window),
  signalWindow: v.optional(window),
  status: v.string(),
  note: v.optional(v.string()),
  present: v.optional(whole),
  absent: v.optional(whole),
  classes: v.optional(whole),
  graded: v.optional(v.boolean()),
  pixelsPerClass: v.optional(v.array(whole)),
  components: v.optional(whole),
  revision: v.optional(whole),
  /** What references say of each class. */
  matches: v.optional(
    v.array(
      v.looseObject({
        label: whole,
        verdict: v.string(),
        name: v.optional(v.string()),
        best: v.optional(v.looseObject({ phase: v.string(), score: figure })),
      }),
    ),
  ),
});

/** What is relied on of `summary.json`; other fields may come with later versions. */
const SCHEMA = v.looseObject({
  program: v.literal('eelwatch'),
  version: v.string(),
  source: v.string(),
  status: v.string(),
  scan: v.looseObject({
    id: v.string(),
    name: v.string(),
    shape: v.strictTuple([size, size]),
    channels: size,
    energy: v.looseObject({ offset: v.number(), dispersion: v.number(), units: v.literal('eV') }),
    pixelSizeNm: figure,
    simulated: v.optional(v.boolean()),
  }),
  /** Present where there is a map of thickness: its units. */
  thickness: v.optional(v.string()),
  spectra: v.optional(whole),
  edges: v.record(name, edge),
  information: v.optional(
    v.array(
      v.looseObject({ a: name, b: name, mi: figure, ami: figure, pValue: figure, verdict: v.string() }),
    ),
    [],
  ),
  warnings: v.optional(v.array(v.string()), []),
});

/** `summary.json` of an analysis (see `analyse --out`); energies in eV, pixel size in nm. */
export type ResultsSummary = v.InferOutput<typeof SCHEMA>;
export type EdgeResultSummary = ResultsSummary['edges'][string];

/**
 * Checks the content of a `summary.json`.
 * @param place what to call the file in errors
 * @throws InputError naming the first field that is wrong
 */
export const parseResultsSummary = (content: unknown, place: string): ResultsSummary =>
  conform(SCHEMA, content, place);
