import * as v from 'valibot';
import { InputError, PLAN_VERSION } from '../../protocol/index.ts';
import { scanContext } from '../../protocol/ingest.ts';
import { conform } from '../../protocol/schema.ts';
import type { ExportedPlan, PlannedScan } from './planned-scan.ts';

const finite = v.pipe(v.number(), v.finite());
const integer = v.pipe(v.number(), v.safeInteger());
const positive = v.pipe(finite, v.gtValue(0));
const whole = (least: number) => v.pipe(v.number(), v.safeInteger(), v.minValue(least));

const region = v.object({
  number: v.exactOptional(whole(0)),
  y: whole(0),
  x: whole(0),
  height: whole(1),
  width: whole(1),
  dwells: positive,
  seconds: v.exactOptional(v.pipe(finite, v.minValue(0))),
  gain: v.optional(finite, 0),
  reason: v.optional(v.string(), ''),
});

const file = v.object({
  version: v.literal(PLAN_VERSION),
  number: v.exactOptional(whole(0)),
  scan: v.object({
    id: v.string(),
    name: v.string(),
    shape: v.strictTuple([whole(1), whole(1)]),
    pixelSizeNm: v.exactOptional(positive),
    dwellSeconds: v.exactOptional(positive),
    context: v.exactOptional(scanContext),
  }),
  status: v.picklist(['proposed', 'accepted', 'expired', 'withdrawn', 'scanned']),
  verdict: v.picklist(['rescan', 'no-rescan', 'too-early']),
  words: v.string(),
  drift: v.exactOptional(v.object({ y: finite, x: finite, applied: v.object({ y: integer, x: integer }) })),
  regions: v.array(region),
});

/** What a `plan.json` says of the plan, and of its scan. */
export interface ReadPlan {
  plan: ExportedPlan;
  scan: PlannedScan;
}

/**
 * Reads a `plan.json`.
 * @param place the file, for messages
 * @throws InputError naming the field
 */
export function parsePlanFile(text: string, place: string): ReadPlan {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (cause) {
    throw new InputError(place, 'file', `expected JSON (${(cause as Error).message})`, { cause });
  }
  const { scan, regions, number, status, verdict, words, drift } = conform(file, content, place);
  const [rows, columns] = scan.shape;
  regions.forEach(({ y, x, height, width }, index) => {
    if (y + height > rows || x + width > columns)
      throw new InputError(
        place,
        `regions.${index}`,
        `expected a part of the ${rows} × ${columns} pixels of the scan, found ${height} × ${width} at row ${y}, column ${x}`,
      );
  });
  return {
    plan: {
      ...(number !== undefined && { number }),
      // Nobody's yes holds any more for a plan that was withdrawn or carried out.
      status: status === 'withdrawn' || status === 'scanned' ? 'proposed' : status,
      verdict,
      words,
      ...(drift && { drift }),
      regions: regions.map((each, index) => ({ ...each, number: each.number ?? index + 1 })),
    },
    scan,
  };
}
