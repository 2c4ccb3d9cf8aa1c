import {
  type PastPlan,
  type Plan,
  type PlanDrift,
  type PlanRegion,
  type PlanReply,
  regionOf,
  sentRectangle,
} from '../../../protocol/index.ts';
import { type NumberedRegion, rectangleOf } from './region-numbers.ts';

/** Share of a region's pixels that a rescan of it has to hit. */
const HIT = 0.5;

/** A rescan that runs, or is being taken in. */
export interface RescanUnderWay {
  /** As its producer calls it. */
  id: string;
  /** Where the beam was sent, in pixels of the scan. */
  region: { y: number; x: number; height: number; width: number };
  /** Part of it that has come, 0–1. */
  share: number;
}

export interface AcceptedPlanInput {
  /** Id and shape of the scan. */
  scan: { id: string; shape: readonly [number, number] };
  regions: readonly NumberedRegion[];
  cost: Plan['cost'];
  /** Entry in the history. */
  past: PastPlan;
  /** Dwells of each pixel, live. */
  exposure: Float32Array;
  /** Where the specimen lay when it was accepted. */
  drift: PlanDrift | undefined;
}

/** A plan accepted by the operator, with the progress of its regions. */
export class AcceptedPlan {
  readonly cost: Plan['cost'];
  readonly gain: number;
  readonly past: PastPlan;
  readonly drift: PlanDrift | undefined;
  readonly #input: AcceptedPlanInput;
  /** Exposures as they were. */
  readonly #before: Float32Array;
  readonly #achieved = new Map<number, number>();

  constructor(input: AcceptedPlanInput) {
    const { regions, cost, past, drift, exposure } = input;
    this.#input = input;
    this.cost = cost;
    this.past = past;
    this.drift = drift;
    this.gain = regions.reduce((sum, { gain }) => sum + gain, 0);
    this.#before = exposure.slice();
  }

  /** With their states. @param rescan that is under way */
  regions(rescan?: RescanUnderWay): PlanRegion[] {
    const scanning = rescan && regionOf(this.#sent, rescan.region)?.number;
    return this.#input.regions.map((region): PlanRegion => {
      const share = this.#share(region);
      if (rescan && region.number === scanning) return { ...region, state: 'scanning', share: rescan.share };
      const achievedGain = this.#achieved.get(region.number);
      const achieved = achievedGain === undefined ? {} : { achievedGain };
      if (share >= HIT) return { ...region, state: 'scanned', share, ...achieved };
      return share > 0
        ? { ...region, state: 'partly', share, ...achieved }
        : { ...region, state: 'accepted' };
    });
  }

  /** Regions still to be scanned, as producers receive them; without those outside the scan. */
  remaining(): PlanReply['regions'] {
    return this.#sent.filter((region) => this.#share(region) < HIT);
  }

  /** Pixels of each region that have been exposed again, by its number. */
  exposedAgain(): Map<number, number[]> {
    return new Map(this.#input.regions.map((region) => [region.number, this.#hit(region)]));
  }

  /** @param gains pixels that were corrected, by number of the region and in all */
  settle(gains: ReadonlyMap<number, number>, all: number): void {
    for (const [number, gain] of gains) this.#achieved.set(number, gain);
    this.past.achievedGain = all;
    this.past.regions = this.regions();
  }

  /** All of its regions, where the specimen lay when it was accepted. */
  get #sent(): PlanReply['regions'] {
    const { scan, regions, drift } = this.#input;
    return regions.flatMap((region) => {
      const sent = sentRectangle(rectangleOf(region), drift, scan.shape);
      if (!sent) return [];
      const own = { ...rectangleOf(region), number: region.number };
      return [{ ...own, region: { parentId: scan.id, ...sent } }];
    });
  }

  /** Part of the pixels that the beam can reach. */
  #share(region: Omit<PlanReply['regions'][number], 'region'>): number {
    const sent = sentRectangle(rectangleOf(region), this.drift, this.#input.scan.shape);
    return sent ? this.#hit(region).length / (sent.height * sent.width) : 0;
  }

  #hit({ y, x, height, width }: RescanUnderWay['region']): number[] {
    const { scan, exposure } = this.#input;
    const pixels: number[] = [];
    for (let row = y; row < y + height; row++)
      for (let column = x; column < x + width; column++) {
        const pixel = row * scan.shape[1] + column;
        if (exposure[pixel] !== this.#before[pixel]) pixels.push(pixel);
      }
    return pixels;
  }
}
