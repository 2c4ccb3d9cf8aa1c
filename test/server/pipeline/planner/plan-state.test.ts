import { describe, expect, it } from 'vitest';
import { InputError, type PlanRegion } from '../../../../protocol/index.ts';
import { PLAN_DEFAULTS } from '../../../../server/pipeline/planner/plan-options.ts';
import { PlanState, type Proposal } from '../../../../server/pipeline/planner/plan-state.ts';

const [ROWS, COLUMNS] = [20, 30];

const region = (y: number, x: number, gain = 5): Omit<PlanRegion, 'number'> => ({
  y,
  x,
  height: 4,
  width: 5,
  dwells: 2,
  gain,
  reason: 'Si-L: class 1 or 2? S/N 4.1',
});

const proposal = (...regions: Omit<PlanRegion, 'number'>[]): Proposal => ({
  verdict: regions.length > 0 ? 'rescan' : 'no-rescan',
  words: 'words',
  regions,
  cost: { pixelDwells: 40 * regions.length, percent: 6 },
  gain: 5 * regions.length,
  wrong: 60,
  settled: { curve: [{ dwells: 1, changes: 0.02 }], mayStop: false },
});

function scan() {
  const state = new PlanState({
    epoch: 3,
    scan: { id: 'anode', shape: [ROWS, COLUMNS] },
    request: PLAN_DEFAULTS.request,
  });
  const exposure = new Float32Array(ROWS * COLUMNS).fill(1);
  const rescan = ({ y, x, height, width, dwells }: Omit<PlanRegion, 'number'>) => {
    for (let row = y; row < y + height; row++)
      for (let column = x; column < x + width; column++) exposure[row * COLUMNS + column] += dwells;
  };
  const accept = () => state.accept(state.proposed, state.plan.cost, 1000, exposure);
  return { state, exposure, rescan, accept };
}

describe('the plan of a scan', () => {
  it('is too early before there is a model, and no producer is told of one', () => {
    const { state, exposure } = scan();
    expect(state.plan).toMatchObject({ epoch: 3, number: 0, status: 'proposed', verdict: 'too-early' });
    expect(state.reply(exposure)).toMatchObject({ scan: 'anode', status: 'none', regions: [] });
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
    const { state, exposure, accept } = scan();
    state.propose(proposal(region(0, 0), region(10, 20)), false);
    expect(state.reply(exposure)).toMatchObject({ status: 'proposed', regions: [] });
    accept();
    state.propose(proposal(), false);
    expect(state.plan).toMatchObject({ status: 'accepted', gain: 10, cost: { pixelDwells: 80 } });
    const { regions } = state.reply(exposure);
    expect(regions.map(({ region: own }) => own)).toEqual([
      { parentId: 'anode', y: 0, x: 0, height: 4, width: 5, dwells: 2 },
      { parentId: 'anode', y: 10, x: 20, height: 4, width: 5, dwells: 2 },
    ]);
  });

  it('leaves out the regions that were scanned again, and is over with the last one', () => {
    const { state, exposure, rescan, accept } = scan();
    state.propose(proposal(region(0, 0), region(10, 20)), false);
    accept();
    rescan(region(10, 20));
    expect(state.reply(exposure).regions).toMatchObject([{ number: 1, y: 0 }]);
    expect(state.scanned(exposure)).toHaveLength(20);
    state.settle(3.5, exposure);
    expect(state.plan).toMatchObject({
      status: 'accepted',
      history: [{ predictedGain: 10, achievedGain: 3.5 }],
    });
    rescan(region(0, 0));
    state.settle(8, exposure);
    state.propose(proposal(), false);
    expect(state.plan).toMatchObject({
      status: 'proposed',
      verdict: 'no-rescan',
      regions: [],
      history: [{ at: 1000, predictedGain: 10, achievedGain: 8 }],
    });
    expect(state.reply(exposure).regions).toEqual([]);
  });

  it('takes a rescan of a region that registering has moved a little for one of it', () => {
    const { state, exposure, rescan, accept } = scan();
    state.propose(proposal(region(5, 5)), false);
    accept();
    rescan({ ...region(6, 6) });
    expect(state.reply(exposure).regions).toEqual([]);
  });

  it('can be taken back, and then nothing is left of it', () => {
    const { state, exposure, accept } = scan();
    expect(() => state.withdraw()).toThrow('expected a plan that is accepted, found none');
    state.propose(proposal(region(0, 0)), false);
    accept();
    expect(state.plan.history).toHaveLength(1);
    state.withdraw();
    expect(state.plan).toMatchObject({ status: 'proposed', history: [], regions: [{ y: 0 }] });
    expect(state.reply(exposure)).toMatchObject({ status: 'proposed', regions: [] });
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
    expect(state.expire()).toBe(false);
    state.propose(proposal(region(0, 0)), false);
    expect(state.expire()).toBe(false);
    accept();
    expect(state.expire()).toBe(true);
    expect(state.plan).toMatchObject({ status: 'expired', regions: [{ y: 0 }] });
    expect(state.reply(exposure)).toMatchObject({ status: 'expired', regions: [] });
    expect(() => state.withdraw()).toThrow('found one that has expired');
    // What a whole pass brings is not what the plan has brought.
    exposure.fill(2);
    expect(state.scanned(exposure)).toEqual([]);
    state.settle(4, exposure);
    expect(state.plan.history[0].achievedGain).toBeUndefined();
    state.propose(proposal(region(9, 9)), false);
    expect(state.plan).toMatchObject({ status: 'proposed', regions: [{ y: 9 }], history: [] });
  });
});
