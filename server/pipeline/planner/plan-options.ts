import type { PlanRequest, PlanTiming, Scan } from '../../../protocol/index.ts';
import { DEFAULT_BUDGET, InputError, PLAN_TERMS } from '../../../protocol/index.ts';

/** Options of rescan planning. */
export interface PlanOptions {
  request: PlanRequest;
  /** Most that a pixel may get in all, e/Å². */
  doseLimit?: number;
  /** pA. */
  beamCurrent?: number;
  /** Seconds that the beam takes from the end of a row to the next. */
  flybackSeconds: number;
  /** Seconds that a region takes before its first pixel. */
  setupSeconds: number;
  /** Plans are accepted without the operator. */
  autoAccept: boolean;
  /** It was requested explicitly: the plan is among the results. */
  inResults: boolean;
}

export const PLAN_DEFAULTS: PlanOptions = {
  request: { budget: DEFAULT_BUDGET, terms: PLAN_TERMS },
  flybackSeconds: 0,
  setupSeconds: 3,
  autoAccept: false,
  inResults: false,
};

/** Electrons that a current of one pA brings in a second. */
const ELECTRONS_PER_PICOCOULOMB = 1e-12 / 1.602176634e-19;

type Geometry = Pick<Scan, 'dwellSeconds' | 'pixelSizeNm'>;

/** Undefined where the dwell time is not known. */
export const timingOf = (
  { dwellSeconds }: Geometry,
  { flybackSeconds, setupSeconds }: PlanOptions,
): PlanTiming | undefined =>
  dwellSeconds !== undefined && dwellSeconds > 0 ? { dwellSeconds, flybackSeconds, setupSeconds } : undefined;

/** e/Å² that one dwell of the first pass gives a pixel: current · dwell / (charge · area). Undefined where one is not known. */
export function doseRateOf(
  { dwellSeconds, pixelSizeNm }: Geometry,
  { beamCurrent }: PlanOptions,
): number | undefined {
  if (beamCurrent === undefined || !dwellSeconds || !pixelSizeNm) return undefined;
  return (beamCurrent * ELECTRONS_PER_PICOCOULOMB * dwellSeconds) / (10 * pixelSizeNm) ** 2;
}

/** Time and dose of a dwell, as far as known. */
export interface PlanRates {
  timing?: PlanTiming;
  /** e/Å² that one dwell gives a pixel. */
  doseRate?: number;
}

export function planRates(scan: Geometry, options: PlanOptions): PlanRates {
  const [timing, doseRate] = [timingOf(scan, options), doseRateOf(scan, options)];
  return { ...(timing && { timing }), ...(doseRate !== undefined && { doseRate }) };
}

/**
 * Checks a request against a scan.
 * @throws InputError where the budget's unit means nothing for it
 */
export function checkRequest({ budget }: PlanRequest, scan: Geometry, options: PlanOptions): void {
  const missing = missingFor(budget.unit, scan, options);
  if (missing !== undefined) throw new InputError('plan', 'budget', `expected % or px, since ${missing}`);
}

/** Request of the command line; in percent where its unit does not apply to this scan, with a warning. */
export function possibleRequest(
  scan: Geometry,
  options: PlanOptions,
  warning: (message: string) => void,
): PlanRequest {
  const { request } = options;
  try {
    checkRequest(request, scan, options);
    return request;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    warning(`${error.message}; the plan is for 25 % of the first pass`);
    return { ...request, budget: DEFAULT_BUDGET };
  }
}

function missingFor(
  unit: PlanRequest['budget']['unit'],
  { dwellSeconds, pixelSizeNm }: Geometry,
  { beamCurrent }: PlanOptions,
): string | undefined {
  if (unit === 'percent' || unit === 'pixels') return undefined;
  if (!dwellSeconds) return 'the dwell time of the scan is not known';
  if (unit === 'seconds') return undefined;
  if (!pixelSizeNm) return 'the pixel size of the scan is not known';
  return beamCurrent === undefined ? 'the beam current is not known (--beam-current)' : undefined;
}

/** Warning about a dose limit for a scan whose dose is not known. */
export const doseLimitWarning = (scan: Geometry, options: PlanOptions): string | undefined =>
  options.doseLimit !== undefined && doseRateOf(scan, options) === undefined
    ? `the dose limit is not kept: ${missingFor('dose', scan, options)}`
    : undefined;
