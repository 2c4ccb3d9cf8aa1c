import { describe, expect, it } from 'vitest';
import { InputError, type JudgedRegion, type PlanDrift } from '../../../../protocol/index.ts';
import { PLAN_DEFAULTS } from '../../../../server/pipeline/planner/plan-options.ts';
import { PlanState, type Proposal } from '../../../../server/pipeline/planner/plan-state.ts';

const [ROWS, COLUMNS] = [20, 30];

const region = (y: number, x: number, gain = 5): JudgedRegion => ({
  y,
  x,
  height: 4,
  width: 5,
  dwells: 2,
  gain,
  reason: 'Si-L: class 1 or 2? S/N 4.1',
});

const proposal = (...regions: JudgedRegion[]): Proposal => ({
  verdict: regions.length > 0 ? 'rescan' : 'no-rescan',
  words: 'words',
  regions,
  cost: { pixelDwells: 40 * regions.length, percent: 6 },
  gain: 5 * regions.length,
  wrong: 60,
  settled: { curve: [{ dwells: 1, changes: 0.02 }], mayStop: false },
});

function scan() {
  const exposure = new Float32Array(ROWS * COLUMNS).fill(1);
  const state = new PlanState({
    epoch: 3,
    scan: { id: 'anode', shape: [ROWS, COLUMNS], pixelSizeNm: 0.5 },
    request: PLAN_DEFAULTS.request,
    exposure,
  });
  const rescan = ({ y, x, height, width, dwells }: JudgedRegion) => {
    for (let row = y; row < y + height; row++)
      for (let column = x; column < x + width; column++) exposure[row * COLUMNS + column] += dwells;
  };
  const accept = () => state.accept(state.proposed, state.plan.cost, 1000);
  return { state, exposure, rescan, accept };
}

describe('the plan of a scan', () => {
  it('is too early before there is a model, and no producer is told of one', () => {
    const { state } = scan();
    expect(state.plan).toMatchObject({ epoch: 3, number: 0, status: 'proposed', verdict: 'too-early' });
    expect(state.reply()).toMatchObject({ scan: 'anode', status: 'none', regions: [] });
  });

  it('has a number that grows with every plan whose regions differ', () => {
    const { state } = scan();
    state.propose(proposal(region(0, 0)), false);
    expect(state.plan.number).toBe(1);
    state.propose(proposal(region(0, 0, 7)), false);
    expect(state.plan).toMatchObject({ number: 1, regions: [{ number: 1, gain: 7 }] });
    state.propose(proposal(region(10, 20), region(0, 1)), false);
    expect(state.plan.number).toBe(2);
    expect(state.plan.regions.map(({ number }) => number)).toEqual([2, 1]);
    // Files go by rank alone.
    state.propose(proposal(region(10, 20), region(0, 1)), true);
    expect(state.plan.regions.map(({ number }) => number)).toEqual([1, 2]);
  });

  it('is told to producers once it is accepted, and stays while the scan is looked at anew', () => {
    const { state, accept } = scan();
    state.propose(proposal(region(0, 0), region(10, 20)), false);
    expect(state.reply()).toMatchObject({ status: 'proposed', regions: [] });
    accept();
    state.propose(proposal(), false);
    expect(state.plan).toMatchObject({ status: 'accepted', gain: 10, cost: { pixelDwells: 80 } });
    const { regions } = state.reply();
    expect(regions.map(({ region: own }) => own)).toEqual([
      { parentId: 'anode', y: 0, x: 0, height: 4, width: 5, dwells: 2 },
      { parentId: 'anode', y: 10, x: 20, height: 4, width: 5, dwells: 2 },
    ]);
  });

  it('leaves out the regions that were scanned again, and is over with the last one', () => {
    const { state, rescan, accept } = scan();
    state.propose(proposal(region(0, 0), region(10, 20)), false);
    accept();
    rescan(region(10, 20));
    expect(state.reply().regions).toMatchObject([{ number: 1, y: 0 }]);
    expect([...state.exposedAgain()].map(([number, pixels]) => [number, pixels.length])).toEqual([
      [1, 0],
      [2, 20],
    ]);
    state.settle(new Map([[2, 3.5]]), 3.5);
    expect(state.plan).toMatchObject({
      status: 'accepted',
      history: [{ predictedGain: 10, achievedGain: 3.5 }],
    });
    rescan(region(0, 0));
    state.settle(new Map([[1, 4.5]]), 8);
    state.propose(proposal(), false);
    expect(state.plan).toMatchObject({
      status: 'proposed',
      verdict: 'no-rescan',
      regions: [],
      history: [{ at: 1000, predictedGain: 10, achievedGain: 8 }],
    });
    expect(state.reply().regions).toEqual([]);
  });

  it('takes a rescan of a region that registering has moved a little for one of it', () => {
    const { state, rescan, accept } = scan();
    state.propose(proposal(region(5, 5)), false);
    accept();
    rescan({ ...region(6, 6) });
    expect(state.reply().regions).toEqual([]);
  });

  it('can be taken back, and then nothing is left of it', () => {
    const { state, accept } = scan();
    expect(() => state.withdraw()).toThrow('expected a plan that is accepted, found none');
    state.propose(proposal(region(0, 0)), false);
    accept();
    expect(state.plan.history).toHaveLength(1);
    state.withdraw();
    expect(state.plan).toMatchObject({ status: 'proposed', history: [], regions: [{ y: 0 }] });
    expect(state.reply()).toMatchObject({ status: 'proposed', regions: [] });
  });

  it('is not made anew while it is accepted', () => {
    const { state, accept } = scan();
    const request = { ...PLAN_DEFAULTS.request, budget: { unit: 'pixels', value: 9 } as const };
    state.propose(proposal(region(0, 0)), false);
    accept();
    expect(() => state.ask(request)).toThrow(InputError);
    expect(() => state.ask(request)).toThrow('withdraw it before another is made');
    state.withdraw();
    state.ask(request);
    expect(state.plan.request).toEqual(request);
  });

  it('expires when the scan becomes another, and makes way for the next', () => {
    const { state, exposure, accept } = scan();
    expect(state.expire('the scan goes on')).toBe(false);
    state.propose(proposal(region(0, 0)), false);
    expect(state.expire('the scan goes on')).toBe(false);
    accept();
    expect(state.expire('the scan goes on')).toBe(true);
    expect(state.plan).toMatchObject({
      status: 'expired',
      expiredFor: 'the scan goes on',
      regions: [{ y: 0 }],
    });
    expect(state.reply()).toMatchObject({ status: 'expired', regions: [] });
    expect(() => state.withdraw()).toThrow('found one that has expired');
    // What a whole pass brings is not what the plan has brought.
    exposure.fill(2);
    expect([...state.exposedAgain()]).toEqual([]);
    state.settle(new Map(), 4);
    expect(state.plan.history[0].achievedGain).toBeUndefined();
    state.propose(proposal(region(9, 9)), false);
    expect(state.plan).toMatchObject({ status: 'proposed', regions: [{ y: 9 }], history: [] });
  });

  it('says of each region how far it is', () => {
    const { state, rescan, accept } = scan();
    const states = () =>
      state.plan.regions.map((one) => [one.number, one.state, one.share, one.achievedGain]);
    state.propose(proposal(region(0, 0), region(10, 20)), false);
    expect(states()).toEqual([
      [1, 'proposed', undefined, undefined],
      [2, 'proposed', undefined, undefined],
    ]);
    accept();
    expect(state.plan.regions.map((one) => one.state)).toEqual(['accepted', 'accepted']);
    // A little beside the second region.
    const underWay = { id: 'again', region: { y: 10, x: 21, height: 4, width: 5 } };
    state.rescanning({ ...underWay, share: 0.4 }, false);
    expect(states()[1]).toEqual([2, 'scanning', 0.4, undefined]);
    // The one of another producer is over.
    state.rescanning({ ...underWay, id: 'other', share: 1 }, true);
    expect(states()[1][1]).toBe('scanning');
    state.rescanning({ ...underWay, share: 1 }, true);
    expect(states()[1][1]).toBe('accepted');
    // Some rows of it alone have come.
    rescan({ ...region(10, 20), height: 1 });
    expect(states()[1]).toEqual([2, 'partly', 0.25, undefined]);
    rescan({ ...region(11, 20), height: 3 });
    state.settle(new Map([[2, 3.5]]), 3.5);
    expect(states()).toEqual([
      [1, 'accepted', undefined, undefined],
      [2, 'scanned', 1, 3.5],
    ]);
    expect(state.reply().regions.map(({ number }) => number)).toEqual([1]);
    rescan(region(0, 0));
    state.settle(new Map([[1, 2]]), 5.5);
    expect(state.plan.history[0].regions.map((one) => [one.state, one.achievedGain])).toEqual([
      ['scanned', 2],
      ['scanned', 3.5],
    ]);
  });
});

describe('a specimen that moves', () => {
  const drift = (y: number, x: number): PlanDrift => ({
    y,
    x,
    applied: { y: Math.round(y), x: Math.round(x) },
  });

  it('ends the plan that it was accepted for, and is followed by the next', () => {
    const { state, rescan, accept } = scan();
    state.propose(proposal(region(0, 0), region(10, 20)), false);
    accept();
    rescan(region(0, 0));
    expect(state.drifted(drift(2, -1.1))).toBe(
      'the specimen has moved by 2.3 pixels (1.1 nm) since the survey',
    );
    expect(state.plan).toMatchObject({
      status: 'expired',
      expiredFor: 'the specimen has moved by 2.3 pixels (1.1 nm) since the survey',
      regions: [{ state: 'scanned' }, { state: 'proposed' }],
    });
    expect(state.reply()).toMatchObject({ status: 'expired', regions: [] });
    // What the rescan has brought is known, and stays in the history.
    expect(state.exposedAgain().get(1)).toHaveLength(20);
    state.settle(new Map([[1, 3]]), 3);
    state.propose(proposal(region(10, 20), region(0, 1)), false);
    expect(state.plan).toMatchObject({
      status: 'proposed',
      history: [{ achievedGain: 3, regions: [{ state: 'scanned', achievedGain: 3 }, { state: 'accepted' }] }],
    });
    expect(state.plan.expiredFor).toBeUndefined();
    accept();
    // Regions lie where they are on the maps, and the beam is sent elsewhere; what lies beyond the scan is cut off.
    expect(state.reply().regions).toMatchObject([
      { y: 10, x: 20, region: { y: 8, x: 21, height: 4, width: 5 } },
      { y: 0, x: 1, height: 4, region: { y: 0, x: 2, height: 2, width: 5 } },
    ]);
    // Rescans are told apart by where they were sent, and count where they were found to lie.
    state.rescanning({ id: 'a', region: { y: 8, x: 21, height: 4, width: 5 }, share: 0.5 }, false);
    expect(state.plan.regions.map((one) => one.state)).toContain('scanning');
    rescan({ ...region(0, 1), height: 2 });
    expect(state.reply().regions.map(({ y }) => y)).toEqual([10]);
  });

  it('is not followed by less than a pixel, and not twice by the same', () => {
    const { state, accept } = scan();
    state.propose(proposal(region(10, 20)), false);
    accept();
    expect(state.drifted(drift(0.9, 0.3))).toBeUndefined();
    expect(state.plan.status).toBe('accepted');
    expect(state.drifted(drift(1.6, 0.3))).toContain('1.6 pixels');
    state.propose(proposal(region(10, 20)), false);
    accept();
    expect(state.drifted(drift(2.2, 0.3))).toBeUndefined();
    expect(state.drifted(drift(1.2, 0.3))).toBeUndefined();
    expect(state.drifted(drift(0.1, 0))).toBe('the specimen is back where it was in the survey');
  });
});
