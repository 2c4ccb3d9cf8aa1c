import {
  InputError,
  type PastPlan,
  PLAN_VERSION,
  type Plan,
  type PlanRectangle,
  type PlanRegion,
  type PlanReply,
  type PlanRequest,
  type PlanStatus,
  type PlanTiming,
  type Scan,
} from '../../../protocol/index.ts';
import { areSame, numbered } from './region-numbers.ts';

/** What the planner thread makes of the maps. */
export type Proposal = Pick<Plan, 'verdict' | 'words' | 'cost' | 'gain' | 'wrong' | 'settled'> & {
  /** Ranked. */
  regions: Omit<PlanRegion, 'number'>[];
};

const TOO_EARLY: Proposal = {
  verdict: 'too-early',
  words: 'There is no model yet to tell by',
  regions: [],
  cost: { pixelDwells: 0, percent: 0 },
  gain: 0,
  wrong: 0,
  settled: { curve: [], mayStop: false },
};

/** Share of a region's pixels that a rescan of it has to hit. */
const HIT = 0.5;

/** What the operator has said yes to. */
interface Accepted {
  regions: PlanRegion[];
  cost: Plan['cost'];
  gain: number;
  past: PastPlan;
  /** Exposures as they were. */
  exposure: Float32Array;
}

export interface PlanStateInput {
  epoch: number;
  scan: Pick<Scan, 'id' | 'shape'>;
  request: PlanRequest;
  timing?: PlanTiming;
  doseRate?: number;
  doseLimit?: number;
}

/** The plan of a scan: what is proposed, what the operator accepted, and what came of it. */
export class PlanState {
  readonly #input: PlanStateInput;
  #request: PlanRequest;
  #proposal = TOO_EARLY;
  #regions: PlanRegion[] = [];
  #number = 0;
  #accepted: Accepted | undefined;
  #status: PlanStatus = 'proposed';
  #history: PastPlan[] = [];

  constructor(input: PlanStateInput) {
    this.#input = input;
    this.#request = input.request;
  }

  get request(): PlanRequest {
    return this.#request;
  }

  get status(): PlanStatus {
    return this.#status;
  }

  /** Whether there was a model to tell by. */
  get isKnown(): boolean {
    return this.#proposal !== TOO_EARLY;
  }

  get verdict(): Plan['verdict'] {
    return this.#proposal.verdict;
  }

  /** Regions of the proposal, whatever is accepted. */
  get proposed(): readonly PlanRegion[] {
    return this.#regions;
  }

  get history(): readonly PastPlan[] {
    return this.#history;
  }

  get plan(): Plan {
    const { epoch, timing, doseRate, doseLimit } = this.#input;
    const { verdict, words, wrong, settled } = this.#proposal;
    const held = this.#status === 'proposed' ? undefined : this.#accepted;
    const { cost, gain } = held ?? this.#proposal;
    return {
      type: 'plan',
      version: PLAN_VERSION,
      epoch,
      number: this.#number,
      status: this.#status,
      verdict,
      words,
      request: this.#request,
      regions: held?.regions ?? this.#regions,
      cost,
      gain,
      wrong,
      settled,
      history: [...this.#history],
      ...(timing && { timing }),
      ...(doseRate !== undefined && { doseRate }),
      ...(doseLimit !== undefined && { doseLimit }),
    };
  }

  /** @throws InputError while a plan is accepted: producers have been told of it */
  ask(request: PlanRequest): void {
    if (this.#status === 'accepted')
      throw new InputError(
        'plan',
        'status',
        'expected no plan that is accepted: withdraw it before another is made',
      );
    this.#request = request;
  }

  /**
   * Takes what the planner has found. An accepted plan stays as it is beside it; one that has expired makes way.
   * @param final regions are numbered by rank, as they are in files
   */
  propose(proposal: Proposal, final: boolean): void {
    const regions = numbered(proposal.regions, final ? [] : this.#regions);
    if (this.#status === 'expired') this.#drop();
    if (this.#status === 'proposed' && (!areSame(regions, this.#regions) || this.#number === 0))
      this.#number++;
    this.#proposal = proposal;
    this.#regions = regions;
  }

  /**
   * The operator's yes.
   * @param regions those proposed, or as edited
   * @param at ms since 1970
   * @param exposure of all pixels as it is now
   */
  accept(regions: readonly PlanRegion[], cost: Plan['cost'], at: number, exposure: Float32Array): void {
    if (!areSame(regions, this.#regions) || this.#status !== 'proposed') this.#number++;
    const gain = regions.reduce((sum, region) => sum + region.gain, 0);
    const past: PastPlan = { number: this.#number, at, regions: [...regions], predictedGain: gain };
    this.#forgetUnscanned();
    this.#history.push(past);
    this.#accepted = { regions: [...regions], cost, gain, past, exposure: exposure.slice() };
    this.#status = 'accepted';
  }

  /** @throws InputError where no plan is accepted */
  withdraw(): void {
    if (this.#status !== 'accepted')
      throw new InputError(
        'withdraw-plan',
        'status',
        `expected a plan that is accepted, found ${this.#found()}`,
      );
    this.#drop();
  }

  #found(): string {
    return this.#status === 'expired' ? 'one that has expired' : 'none';
  }

  /** The scan is no longer that for which the plan was accepted. @returns whether there was one */
  expire(): boolean {
    if (this.#status !== 'accepted') return false;
    this.#status = 'expired';
    return true;
  }

  /** Regions of the accepted plan that have not been scanned again since. */
  remaining(exposure: Float32Array): PlanRegion[] {
    const accepted = this.#status === 'accepted' ? this.#accepted : undefined;
    return accepted ? accepted.regions.filter((region) => !this.#isScanned(region, accepted, exposure)) : [];
  }

  /** Pixels of the accepted plan whose exposure is another since; of one that has expired nobody knows by what. */
  scanned(exposure: Float32Array): number[] {
    const accepted = this.#status === 'accepted' ? this.#accepted : undefined;
    if (!accepted) return [];
    const pixels = new Set<number>();
    for (const region of accepted.regions)
      for (const pixel of this.#pixelsOf(region))
        if (exposure[pixel] !== accepted.exposure[pixel]) pixels.add(pixel);
    return [...pixels];
  }

  /** What came of the accepted plan so far; it is over once all its regions were scanned. */
  settle(achieved: number, exposure: Float32Array): void {
    if (!this.#accepted || this.#status !== 'accepted') return;
    this.#accepted.past.achievedGain = achieved;
    if (this.remaining(exposure).length === 0) this.#drop();
  }

  /** What a producer that asks is answered. */
  reply(exposure: Float32Array): PlanReply {
    const { number, verdict, words } = this.plan;
    const { id } = this.#input.scan;
    return {
      type: 'plan',
      version: PLAN_VERSION,
      scan: id,
      number,
      status: this.#number === 0 ? 'none' : this.#status,
      verdict,
      words,
      regions: this.remaining(exposure).map(({ number: own, y, x, height, width, dwells }) => {
        const rectangle: PlanRectangle = { y, x, height, width, dwells };
        return { ...rectangle, number: own, region: { parentId: id, ...rectangle } };
      }),
    };
  }

  #drop(): void {
    this.#forgetUnscanned();
    this.#accepted = undefined;
    this.#status = 'proposed';
    this.#number++;
  }

  /** A plan that nothing came of is no part of the history. */
  #forgetUnscanned(): void {
    const past = this.#accepted?.past;
    if (past && past.achievedGain === undefined)
      this.#history = this.#history.filter((other) => other !== past);
  }

  #isScanned(region: PlanRegion, { exposure: before }: Accepted, exposure: Float32Array): boolean {
    const pixels = this.#pixelsOf(region);
    const hit = pixels.filter((pixel) => exposure[pixel] !== before[pixel]).length;
    return hit >= HIT * pixels.length;
  }

  #pixelsOf({ y, x, height, width }: PlanRectangle): number[] {
    const columns = this.#input.scan.shape[1];
    return Array.from(
      { length: height * width },
      (_, i) => (y + Math.floor(i / width)) * columns + x + (i % width),
    );
  }
}
