import { setTimeout as delay } from 'node:timers/promises';
import {
  InputError,
  type PlanBudget,
  type PlanRectangle,
  type PlanReply,
  type ScanRegion,
} from '../../protocol/index.ts';
import { rectangleGrid } from '../analysis/scan/scan-geometry.ts';
import { type AcquireOptions, acquire } from './acquire.ts';
import { addExposure } from './exposure.ts';
import { createIngestSink } from './ingest-sink.ts';
import { PlanClient } from './plan-client.ts';
import { type RescanConditions, SimulatedRescan } from './rescan.ts';
import { SimulatedScan } from './scan.ts';
import type { SimulateOptions } from './simulate.ts';
import type { SimulationOptions } from './simulation-options.ts';

export interface AdaptiveOptions
  extends SimulationOptions,
    RescanConditions,
    Pick<SimulateOptions, 'onPrepared'> {
  /** What all rescans together may cost: percent of the first pass, pixel-dwells, or seconds. */
  budget: PlanBudget;
  /** Identity of the scan on the wire; rescans get `<id>/rescan-<n>`. */
  id: string;
  name: string;
  /** Seconds per pixel of a scan with the full dose; 0 for as fast as possible. */
  dwellSeconds?: number;
  /** Gives up when nobody accepts a plan for so long, s; default never. */
  patienceSeconds?: number;
  /** How often the monitor is asked, and for how long the answer that nothing is worth it has to stand. */
  intervalMs?: number;
  settleMs?: number;
  onEvent?: (event: AdaptiveEvent) => void;
  /** Of the first pass, and of each rescan. */
  onProgress?: AcquireOptions['onProgress'];
}

/** How the loop stands, for people and scripts. */
export type AdaptiveEvent =
  | { event: 'first pass'; id: string; spectra: number }
  /** What it waits for; said once as long as it is the same. */
  | { event: 'waiting'; words: string }
  | { event: 'rescan'; id: string; plan: number; region: ScanRegion; spent: number; budget: number }
  | { event: 'skipped'; plan: number; region: ScanRegion; words: string }
  | { event: 'end'; words: string; rescans: number; spent: number };

/** Below this share of the budget nothing is begun with what is left. */
const WORTH_ASKING = 0.05;
const INTERVAL_MS = 500;
const SETTLE_MS = 5000;

/**
 * Adaptive acquisition: pushes a scan to an `/ingest` address, asks where to scan again, waits until the operator has said
 * yes, pushes the regions as rescans, and asks again until the budget is spent or no rescan is worth its dose.
 * @returns whether it came to its end
 * @throws InputError for a budget that says nothing here, and where the monitor refuses
 */
export async function acquireAdaptively(
  url: string,
  options: AdaptiveOptions,
  signal?: AbortSignal,
): Promise<boolean> {
  const scan = new SimulatedScan(options);
  options.onPrepared?.();
  const loop = new AdaptiveLoop(url, scan, options, signal);
  try {
    return await loop.run();
  } catch (error) {
    if (signal?.aborted) return false;
    throw error;
  } finally {
    loop.close();
  }
}

class AdaptiveLoop {
  readonly #url: string;
  readonly #scan: SimulatedScan;
  readonly #options: AdaptiveOptions;
  readonly #signal: AbortSignal | undefined;
  readonly #plans: PlanClient;
  /** Pixel-dwells. */
  readonly #budget: number;
  /** Dwells that each pixel has had. */
  readonly #exposure: Float32Array;
  /** Regions that are dealt with: number of the plan and of the region. */
  readonly #done = new Set<string>();
  #spent = 0;
  #rescans = 0;
  #said = '';

  constructor(url: string, scan: SimulatedScan, options: AdaptiveOptions, signal?: AbortSignal) {
    this.#url = url;
    this.#scan = scan;
    this.#options = options;
    this.#signal = signal;
    this.#plans = new PlanClient(url, signal);
    this.#budget = pixelDwells(options.budget, scan.shape, this.#dwellSeconds);
    this.#exposure = new Float32Array(scan.shape[0] * scan.shape[1]).fill(scan.passes);
  }

  /** Of the first pass. */
  get #dwellSeconds(): number {
    return (this.#options.dwellSeconds ?? 0) * (this.#options.firstDwell ?? 1);
  }

  async run(): Promise<boolean> {
    const { id, name } = this.#options;
    const [rows, columns] = this.#scan.shape;
    if (!(await this.#acquire(this.#scan, { id, name }, this.#dwellSeconds))) return false;
    this.#say({ event: 'first pass', id, spectra: rows * columns * this.#scan.passes });
    for (;;) {
      if (this.#budget - this.#spent < WORTH_ASKING * this.#budget) return this.#end('the budget is spent');
      const reply = await this.#answer();
      if (typeof reply === 'string') return this.#end(reply);
      const scanned = await this.#carryOut(reply);
      if (scanned === undefined) return false;
      if (!scanned) return this.#end('no region fits into what is left of the budget');
    }
  }

  close(): void {
    this.#plans.close();
  }

  /** Asks until a plan is accepted that has regions to be scanned; a text says why none will come. */
  async #answer(): Promise<PlanReply | string> {
    const { intervalMs = INTERVAL_MS, settleMs = SETTLE_MS, patienceSeconds } = this.#options;
    const since = performance.now();
    let unwilling: { number: number; since: number } | undefined;
    for (;;) {
      const reply = await this.#plans.ask();
      const now = performance.now();
      if (this.#isOwn(reply) && reply.status === 'accepted') {
        if (this.#open(reply).length > 0) return reply;
        unwilling = undefined;
        this.#wait('for the monitor to take the rescans in');
      } else if (this.#isOwn(reply) && reply.verdict === 'no-rescan' && reply.final !== false) {
        if (unwilling?.number !== reply.number) unwilling = { number: reply.number, since: now };
        if (reply.final || now - unwilling.since >= settleMs) return reply.words;
        this.#wait('for the final maps');
      } else {
        unwilling = undefined;
        this.#wait(waitingFor(reply, this.#options.id));
      }
      if (patienceSeconds !== undefined && now - since > 1000 * patienceSeconds)
        return `no plan was accepted for ${patienceSeconds} s`;
      await delay(intervalMs, undefined, this.#signal ? { signal: this.#signal } : {});
    }
  }

  #isOwn(reply: PlanReply): boolean {
    return reply.scan === this.#options.id;
  }

  #open(reply: PlanReply): PlanReply['regions'] {
    return reply.regions.filter(({ number }) => !this.#done.has(`${reply.number}/${number}`));
  }

  /**
   * Scans the first region that the budget is enough for; where the next ones lie by then the monitor is asked again.
   * @returns whether there was one; undefined when interrupted
   */
  async #carryOut(reply: PlanReply): Promise<boolean | undefined> {
    for (const { number, region, dwells } of this.#open(reply)) {
      this.#done.add(`${reply.number}/${number}`);
      const rectangle = { ...region, dwells };
      const cost = rectangle.height * rectangle.width * rectangle.dwells;
      // Products of fractions are not exact.
      if (this.#spent + cost > this.#budget * (1 + 1e-6)) {
        const words = `region ${number} takes ${dwellText(cost)}, ${dwellText(this.#budget - this.#spent)} are left`;
        this.#say({ event: 'skipped', plan: reply.number, region, words });
        continue;
      }
      if (!(await this.#rescan(rectangle, region))) return undefined;
      this.#spent += cost;
      const id = `${this.#options.id}/rescan-${this.#rescans}`;
      this.#say({
        event: 'rescan',
        id,
        plan: reply.number,
        region,
        spent: this.#spent,
        budget: this.#budget,
      });
      return true;
    }
    return false;
  }

  async #rescan(rectangle: PlanRectangle, region: ScanRegion) {
    const { drift, damage, id, name } = this.#options;
    this.#rescans++;
    const rescan = new SimulatedRescan(this.#scan, rectangleGrid(this.#scan.grid, rectangle), {
      dwells: rectangle.dwells,
      number: this.#rescans,
      exposure: this.#exposure,
      ...(drift && { drift }),
      ...(damage !== undefined && { damage }),
    });
    const names = {
      id: `${id}/rescan-${this.#rescans}`,
      name: `${name}, rescan ${this.#rescans}`,
      region,
    };
    if (!(await this.#acquire(rescan, names, this.#dwellSeconds * rectangle.dwells))) return false;
    addExposure(this.#exposure, this.#scan.shape[1], rectangle);
    return true;
  }

  async #acquire(
    scan: SimulatedScan | SimulatedRescan,
    names: { id: string; name: string; region?: ScanRegion },
    dwellSeconds: number,
  ): Promise<boolean> {
    const abort = this.#signal && { signal: this.#signal };
    const sink = await createIngestSink(this.#url, scan, { ...names, dwellSeconds, ...abort });
    const { onProgress } = this.#options;
    return acquire(scan, sink, { dwellSeconds, ...abort, ...(onProgress && { onProgress }) });
  }

  #wait(words: string): void {
    if (words !== this.#said) this.#say({ event: 'waiting', words });
    this.#said = words;
  }

  #end(words: string): true {
    this.#say({ event: 'end', words, rescans: this.#rescans, spent: this.#spent });
    return true;
  }

  #say(event: AdaptiveEvent): void {
    this.#said = '';
    this.#options.onEvent?.(event);
  }
}

/**
 * A budget in pixel-dwells. Fly-back and set-up are no matter to a simulated beam.
 * @throws InputError for seconds without a dwell time, and for a dose
 */
function pixelDwells(
  { unit, value }: PlanBudget,
  [rows, columns]: readonly [number, number],
  dwellSeconds: number,
): number {
  if (unit === 'pixels') return value;
  if (unit === 'percent') return (value / 100) * rows * columns;
  if (unit === 'seconds' && dwellSeconds > 0) return value / dwellSeconds;
  const expected = unit === 'seconds' ? 'percent or pixels, or a --dwell' : 'percent, pixels or seconds';
  throw new InputError('simulate', '--budget', `expected ${expected}, found ${unit}`);
}

function waitingFor({ scan, status, number, verdict, words, expiredFor }: PlanReply, id: string): string {
  if (scan !== undefined && scan !== id) return `for the monitor to show this scan; it shows "${scan}"`;
  if (status === 'expired')
    return `for another plan: plan ${number} has expired${expiredFor ? `, ${expiredFor}` : ''}`;
  if (status === 'proposed' && verdict === 'rescan')
    return `for the operator to accept plan ${number} on the page (${words})`;
  return 'for a plan';
}

const dwellText = (dwells: number): string => `${Math.round(10 * dwells) / 10} pixel-dwells`;
