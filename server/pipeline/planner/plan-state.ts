import {
  InputError,
  type JudgedRegion,
  type PastPlan,
  PLAN_VERSION,
  type Plan,
  type PlanDrift,
  type PlanRegion,
  type PlanReply,
  type PlanRequest,
  type PlanStatus,
  type PlanTiming,
  type Scan,
} from '../../../protocol/index.ts';
import { AcceptedPlan, type RescanUnderWay } from './accepted-plan.ts';
import { driftWords, hasMoved } from './drift-words.ts';
import { areSame, type NumberedRegion, numbered } from './region-numbers.ts';

/** Result of the planner thread. */
export type Proposal = Pick<Plan, 'verdict' | 'words' | 'cost' | 'gain' | 'wrong' | 'settled'> & {
  /** Ranked. */
  regions: JudgedRegion[];
};

const TOO_EARLY: Proposal = {
  verdict: 'too-early',
  words: 'There is no model yet to plan by',
  regions: [],
  cost: { pixelDwells: 0, percent: 0 },
  gain: 0,
  wrong: 0,
  settled: { curve: [], mayStop: false },
};

export interface PlanStateInput {
  epoch: number;
  scan: Pick<Scan, 'id' | 'shape' | 'pixelSizeNm'>;
  request: PlanRequest;
  /** Dwells of each pixel by now, live. */
  exposure: Float32Array;
  timing?: PlanTiming;
  doseRate?: number;
  doseLimit?: number;
}

/** The plan of a scan: what is proposed, what the operator accepted, and what came of it. */
export class PlanState {
  readonly #input: PlanStateInput;
  #request: PlanRequest;
  #proposal = TOO_EARLY;
  #regions: NumberedRegion[] = [];
  #number = 0;
  #accepted: AcceptedPlan | undefined;
  /** Where the specimen lies by now. */
  #drift: PlanDrift | undefined;
  #expiredFor: string | undefined;
  /** It expired by a rescan of its own, which can still be evaluated. */
  #canStillEvaluate = false;
  #underWay: RescanUnderWay | undefined;
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

  /** Whether there was a model to plan by. */
  get isKnown(): boolean {
    return this.#proposal !== TOO_EARLY;
  }

  get verdict(): Plan['verdict'] {
    return this.#proposal.verdict;
  }

  /** Regions of the proposal, independent of the accepted plan. */
  get proposed(): readonly NumberedRegion[] {
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
    const drift = held ? held.drift : this.#drift;
    return {
      type: 'plan',
      version: PLAN_VERSION,
      epoch,
      number: this.#number,
      status: this.#status,
      verdict,
      words,
      ...(this.#expiredFor !== undefined && { expiredFor: this.#expiredFor }),
      ...(drift && { drift }),
      request: this.#request,
      regions: held ? this.#regionsOf(held) : this.#regions.map((one) => ({ ...one, state: 'proposed' })),
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

  /** @throws InputError while a plan is accepted: producers already have it */
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
   * Takes what the planner has found. An accepted plan does not change; an expired one is replaced once its rescans
   * have been evaluated.
   * @param final regions are numbered by rank, as they are in files
   */
  propose(proposal: Proposal, final: boolean): void {
    const regions = numbered(proposal.regions, final ? [] : this.#regions);
    if (this.#status === 'expired' && (final || !this.#canStillEvaluate)) this.#drop();
    if (this.#status === 'proposed' && (!areSame(regions, this.#regions) || this.#number === 0))
      this.#number++;
    this.#proposal = proposal;
    this.#regions = regions;
  }

  /**
   * Accepts regions for the operator.
   * @param regions those proposed, or as edited
   * @param at ms since 1970
   */
  accept(regions: readonly NumberedRegion[], cost: Plan['cost'], at: number): void {
    if (!areSame(regions, this.#regions) || this.#status !== 'proposed') this.#number++;
    const { scan, exposure } = this.#input;
    const past: PastPlan = { number: this.#number, at, regions: [], predictedGain: 0 };
    const accepted = new AcceptedPlan({ scan, regions, cost, past, exposure, drift: this.#drift });
    past.regions = accepted.regions();
    past.predictedGain = accepted.gain;
    this.#forgetUnscanned();
    this.#history.push(past);
    this.#accepted = accepted;
    this.#status = 'accepted';
    this.#expiredFor = undefined;
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
  expire(why: string): boolean {
    if (this.#status !== 'accepted') return false;
    this.#status = 'expired';
    this.#expiredFor = why;
    this.#canStillEvaluate = false;
    return true;
  }

  /**
   * A rescan gave the drift of the specimen: regions sent from now on are moved by it.
   * @returns why the accepted plan has expired, if it has by that
   */
  drifted(drift: PlanDrift): string | undefined {
    const isNone = drift.applied.y === 0 && drift.applied.x === 0;
    this.#drift = isNone ? undefined : drift;
    if (!this.#accepted || this.#status !== 'accepted' || !hasMoved(drift, this.#accepted.drift))
      return undefined;
    const why = driftWords(drift, this.#input.scan.pixelSizeNm);
    this.expire(why);
    this.#canStillEvaluate = true;
    return why;
  }

  /** A rescan is under way, or is over. */
  rescanning(rescan: RescanUnderWay, isOver: boolean): void {
    if (!isOver) this.#underWay = rescan;
    else if (this.#underWay?.id === rescan.id) this.#underWay = undefined;
  }

  /**
   * Pixels of each region of the accepted plan whose exposure is another since, by its number; empty for one that
   * expired otherwise than by its own rescans.
   */
  exposedAgain(): Map<number, number[]> {
    return this.#settling?.exposedAgain() ?? new Map();
  }

  /**
   * Records the results of the accepted plan so far; it is over once all its regions were scanned.
   * @param gains pixels that were corrected, by number of the region and in all
   */
  settle(gains: ReadonlyMap<number, number>, all: number): void {
    const accepted = this.#settling;
    accepted?.settle(gains, all);
    // Nothing more will be known of one that has expired.
    this.#canStillEvaluate = false;
    if (this.#status === 'accepted' && accepted?.remaining().length === 0) this.#drop();
  }

  /** Answer to a producer that asks. */
  reply(): PlanReply {
    const { number, verdict, words, expiredFor } = this.plan;
    return {
      type: 'plan',
      version: PLAN_VERSION,
      scan: this.#input.scan.id,
      number,
      status: this.#number === 0 ? 'none' : this.#status,
      verdict,
      words,
      ...(expiredFor !== undefined && { expiredFor }),
      regions: this.#status === 'accepted' ? (this.#accepted?.remaining() ?? []) : [],
    };
  }

  /** Remaining regions of an expired plan are not sent. */
  #regionsOf(held: AcceptedPlan): PlanRegion[] {
    const regions = held.regions(this.#underWay);
    if (this.#status === 'accepted') return regions;
    return regions.map((one) => (one.state === 'accepted' ? { ...one, state: 'proposed' } : one));
  }

  /** The plan whose rescans can be evaluated. */
  get #settling(): AcceptedPlan | undefined {
    return this.#status === 'accepted' || (this.#status === 'expired' && this.#canStillEvaluate)
      ? this.#accepted
      : undefined;
  }

  #drop(): void {
    this.#forgetUnscanned();
    this.#accepted = undefined;
    this.#expiredFor = undefined;
    this.#status = 'proposed';
    this.#number++;
  }

  /** Drops a plan without rescans from the history. */
  #forgetUnscanned(): void {
    const past = this.#accepted?.past;
    if (past && past.achievedGain === undefined)
      this.#history = this.#history.filter((other) => other !== past);
  }
}
