import { createHash } from 'node:crypto';
import {
  type EdgeState,
  type PixelDose,
  PLAN_VERSION,
  type Plan,
  type PlanFile,
  type PlanFileRegion,
  type PlanRegion,
  type Scan,
} from '../../../protocol/index.ts';
import type { LiveState } from '../live-state.ts';
import { surveyThumbnail } from './survey-thumbnail.ts';

/** A scan as it is shown, live or recorded. */
export type ShownScan = Pick<LiveState, 'scan' | 'layers' | 'topics'>;

export const planOf = ({ topics }: Pick<ShownScan, 'topics'>): Plan | undefined => {
  const plan = topics.get('plan');
  return plan?.type === 'plan' ? plan : undefined;
};

/**
 * The plan of a scan as `plan.json` holds it. A function of maps and request: it does not depend on time.
 * @returns undefined where nothing is planned
 */
export function planFile(shown: ShownScan, program: string): PlanFile | undefined {
  const plan = planOf(shown);
  const scan = shown.scan?.scan;
  if (!plan || !scan) return undefined;
  const { id, name, shape, pixelSizeNm, dwellSeconds, context, simulated } = scan;
  const exposure = exposureOf(shown, scan);
  return {
    version: PLAN_VERSION,
    program: { name: 'eelwatch', version: program },
    scan: {
      id,
      name,
      shape,
      ...(pixelSizeNm !== undefined && { pixelSizeNm }),
      ...(dwellSeconds !== undefined && { dwellSeconds }),
      ...(context && { context }),
      ...(simulated && { simulated }),
    },
    budget: plan.request.budget,
    terms: plan.request.terms,
    status: plan.status,
    verdict: plan.verdict,
    words: plan.words,
    ...(plan.expiredFor !== undefined && { expiredFor: plan.expiredFor }),
    ...(plan.drift && { drift: plan.drift }),
    regions: plan.regions.map((region) => fileRegion(region, pixelSizeNm)),
    cost: plan.cost,
    gain: plan.gain,
    wrong: plan.wrong,
    settled: plan.settled,
    dose: doseOf(plan, scan, exposure),
    ...(plan.timing && { timing: plan.timing }),
    generatedFrom: sourceOf(shown, exposure),
    survey: surveyThumbnail(mapOf(shown, 'counts') ?? new Float32Array(0), shape),
  };
}

function fileRegion(region: PlanRegion, pixelSizeNm: number | undefined): PlanFileRegion {
  const { number, y, x, height, width, dwells, seconds, gain, reason, state, share, achievedGain } = region;
  const nm = (pixels: number) => pixels * (pixelSizeNm ?? 0);
  return {
    number,
    y,
    x,
    height,
    width,
    dwells,
    ...(pixelSizeNm !== undefined && { nm: { y: nm(y), x: nm(x), height: nm(height), width: nm(width) } }),
    ...(seconds !== undefined && { seconds }),
    gain,
    reason,
    state,
    ...(share !== undefined && { share }),
    ...(achievedGain !== undefined && { achievedGain }),
  };
}

function mapOf({ layers }: Pick<ShownScan, 'layers'>, kind: 'counts' | 'exposure'): Float32Array | undefined {
  const data = layers.find(({ layer }) => layer.kind === kind)?.data;
  return data instanceof Float32Array ? data : undefined;
}

/** Without a map of exposures every measured pixel has been exposed once. */
function exposureOf(shown: ShownScan, { shape }: Scan): Float32Array {
  const counts = mapOf(shown, 'counts');
  return (
    mapOf(shown, 'exposure') ??
    Float32Array.from({ length: shape[0] * shape[1] }, (_, pixel) =>
      counts && !Number.isNaN(counts[pixel]) ? 1 : 0,
    )
  );
}

function doseOf(
  { regions, doseRate, doseLimit }: Plan,
  { shape }: Scan,
  exposure: Float32Array,
): PlanFile['dose'] {
  const after = exposure.slice();
  for (const { y, x, height, width, dwells } of regions)
    for (let row = y; row < y + height; row++)
      for (let column = x; column < x + width; column++) after[row * shape[1] + column] += dwells;
  const unit = doseRate ?? 1;
  return {
    units: doseRate === undefined ? 'dwells' : 'e/Å²',
    before: pixelDose(exposure, unit),
    after: pixelDose(after, unit),
    ...(doseLimit !== undefined && { limit: doseLimit }),
  };
}

function pixelDose(exposure: Float32Array, unit: number): PixelDose {
  let [sum, most] = [0, 0];
  for (const value of exposure) {
    sum += value;
    most = Math.max(most, value);
  }
  return { mean: (unit * sum) / Math.max(1, exposure.length), most: unit * most };
}

function sourceOf({ scan, layers, topics }: ShownScan, exposure: Float32Array): PlanFile['generatedFrom'] {
  const hash = createHash('sha256');
  const revisions: Record<string, number> = {};
  for (const { name } of scan?.edges ?? []) {
    const state = topics.get(`edge/${name}`) as EdgeState | undefined;
    if (!state || state.revision === 0) continue;
    revisions[name] = state.revision;
    const labels = layers.find(({ layer }) => layer.kind === 'labels' && layer.edge === name)?.data;
    if (labels) hash.update(bytesOf(labels));
  }
  hash.update(bytesOf(exposure));
  return {
    revisions,
    pixels: exposure.reduce((count, value) => count + (value > 0 ? 1 : 0), 0),
    hash: hash.digest('hex'),
  };
}

/** A copy: hashes do not take memory that threads share. */
const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array | Int16Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength).slice();
