import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { InputError, PLAN_TERMS, type Plan, parseEdges, pixelCount } from '../../../../protocol/index.ts';
import type { ScanFile } from '../../../../server/formats/format.ts';
import type { Monitor } from '../../../../server/pipeline/monitor.ts';
import { PLAN_DEFAULTS, type PlanOptions } from '../../../../server/pipeline/planner/plan-options.ts';
import type { ScanRun } from '../../../../server/pipeline/scan-run.ts';
import { planMask } from '../../../../server/planning/mask.ts';
import type { ScanOpening, Source, SourceEvent } from '../../../../server/sources/source.ts';
import { createMonitor, saidBy } from '../../../support/analyse.ts';
import { until } from '../../../support/scan-in-parts.ts';
import {
  cropped,
  type Spectra,
  simulatedPasses,
  writeSpectra,
} from '../../../support/scan-parts-in-files.ts';

const EDGES = parseEdges('Si-L,C-K');
const SHAPE: [number, number] = [32, 32];
const PIXELS = SHAPE[0] * SHAPE[1];
const PLAN_KINDS = ['plan-value', 'plan-classes', 'plan-presence', 'plan-novelty', 'plan-missing'];

/** Fewer than pixels, so that most are placed among them, and a plane is soon fitted. */
const LANDMARKS = 300;

let folder: string;
let passes: Spectra[];
let first: ScanFile;
/** A scan that is complete, on a monitor that goes on. */
let complete: { on: Monitor; run: ScanRun };
const monitors: Monitor[] = [];
const monitor = (plan: Partial<PlanOptions> = {}, live = true) => {
  const made = createMonitor(EDGES, { live, landmarks: LANDMARKS, plan: { ...PLAN_DEFAULTS, ...plan } });
  monitors.push(made);
  return made;
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'eelwatch-plan-'));
  passes = simulatedPasses({ shape: SHAPE, seed: 5, passes: 2, driftEv: 0, dose: 'low' });
  ({ file: first } = await writeSpectra(folder, 'first', passes[0]));
  const on = createMonitor(EDGES, { landmarks: LANDMARKS, plan: PLAN_DEFAULTS });
  complete = { on, run: await follow(on, wholePass) };
});
afterEach(async () => {
  for (const made of monitors.splice(0)) await made.close();
});
afterAll(async () => {
  await complete.on.close();
  await rm(folder, { recursive: true, force: true });
});

const openingOf = ({ scan, core }: ScanFile, change: Partial<ScanOpening['core']> = {}): ScanOpening => ({
  scan,
  core: { ...core, ...change },
});

function sourceOf(opening: ScanOpening, events: () => AsyncIterable<SourceEvent>): Source {
  return {
    description: 'files',
    async *events() {
      yield { type: 'scan', opening };
      yield* events();
    },
  };
}

const measured = (from: number, count: number, pass = 0): SourceEvent => ({
  type: 'measured',
  first: from,
  count,
  pass,
});
const END: SourceEvent = { type: 'end', status: 'complete' };

/** Follows what `events` says of the first pass, to its final maps. */
async function follow(on: Monitor, events: () => AsyncIterable<SourceEvent>, opening = openingOf(first)) {
  await on.follow(sourceOf(opening, events), new AbortController().signal);
  await on.settled();
  return on.run as ScanRun;
}

async function* wholePass(): AsyncGenerator<SourceEvent> {
  yield measured(0, PIXELS);
  yield END;
}

const planOf = (run: ScanRun): Plan => run.topics.get('plan') as Plan;
const epochOf = (run: ScanRun) => run.message.epoch;
const request = (value: number, terms: Plan['request']['terms'] = PLAN_TERMS) => ({
  budget: { unit: 'pixels' as const, value },
  terms,
});
const rectangles = ({ regions }: Pick<Plan, 'regions'>) =>
  regions.map(({ y, x, height, width, dwells }) => ({ y, x, height, width, dwells }));

/** What must be the same for the same maps. */
const known = (run: ScanRun) => {
  const { regions, verdict, words, cost, gain, wrong, settled } = planOf(run);
  return { regions, verdict, words, cost, gain, wrong, settled };
};

const layersOf = (run: ScanRun) =>
  PLAN_KINDS.map((kind) => run.layers.all.find(({ layer }) => layer.kind === kind)?.data);

describe('where to scan again', () => {
  it('is the same in the end, however the scan came', async () => {
    const headless = await follow(monitor({}, false), wholePass);
    expect(known(complete.run)).toEqual(known(headless));
    const live = monitor();
    const alone = new Set<string>();
    live.subscribe((change) => {
      const plan = change.type === 'topic' && change.key === 'plan' ? live.topics.get('plan') : undefined;
      if (plan?.type === 'plan' && live.run?.status === 'live') alone.add(plan.verdict);
    });
    const grown = await follow(live, async function* () {
      for (let row = 0; row < 20; row++) yield measured(row * SHAPE[1], SHAPE[1]);
      await until(() => planOf(live.run as ScanRun).verdict !== 'too-early');
      yield measured(20 * SHAPE[1], 12 * SHAPE[1]);
      yield END;
    });
    expect(planOf(headless).regions.length).toBeGreaterThan(0);
    expect(known(grown)).toEqual(known(headless));
    expect(layersOf(grown)).toEqual(layersOf(headless));
    // It was shown while the scan ran.
    expect(alone.has('rescan') || alone.has('no-rescan')).toBe(true);
    for (const data of layersOf(headless)) expect(data).toHaveLength(PIXELS);
  });

  it('is not asked where nothing is to be planned', async () => {
    const plain = createMonitor(EDGES, { live: false });
    monitors.push(plain);
    const run = await follow(plain, wholePass);
    expect(run.topics.has('plan')).toBe(false);
    expect(layersOf(run)).toEqual([undefined, undefined, undefined, undefined, undefined]);
    await expect(plain.command({ type: 'plan', epoch: 1, request: request(9) })).rejects.toThrow(InputError);
    expect(plain.planReply()).toMatchObject({ status: 'none', regions: [] });
  });

  it('has pixels that were lost or never came', async () => {
    const run = await follow(monitor({ request: request(200) }, false), async function* () {
      yield measured(0, 10 * SHAPE[1]);
      yield measured(14 * SHAPE[1], PIXELS - 14 * SHAPE[1]);
      yield { type: 'end', status: 'aborted' };
    });
    const missing = layersOf(run)[4] as Float32Array;
    for (let pixel = 0; pixel < PIXELS; pixel++)
      expect(missing[pixel] > 0, `pixel ${pixel}`).toBe(pixel >= 10 * SHAPE[1] && pixel < 14 * SHAPE[1]);
    const mask = planMask(planOf(run).regions, SHAPE);
    expect(mask.subarray(10 * SHAPE[1], 14 * SHAPE[1]).every((inside) => inside === 1)).toBe(true);
    const lost = planOf(run).regions.find(({ reason }) => reason.includes('lost'));
    expect(lost?.reason).toContain(`${4 * SHAPE[1]} lost pixels`);
  });

  it('follows another budget, and says what it cannot follow', async () => {
    const { on, run } = complete;
    const epoch = epochOf(run);
    const before = planOf(run);
    await on.command({ type: 'plan', epoch, request: request(48) });
    const after = planOf(run);
    expect(after.request).toEqual(request(48));
    expect(after.cost.pixelDwells).toBeLessThanOrEqual(48);
    expect(after.number).toBeGreaterThan(before.number);
    // The same request has the same answer.
    await on.command({ type: 'plan', epoch, request: before.request });
    expect(planOf(run).regions).toEqual(before.regions);
    // Of many requests at once the newest counts.
    await Promise.all([10, 20, 30, 64].map((n) => on.command({ type: 'plan', epoch, request: request(n) })));
    expect(planOf(run).request).toEqual(request(64));
    await on.command({ type: 'plan', epoch, request: before.request });
    const seconds = { ...request(1), budget: { unit: 'seconds' as const, value: 3 } };
    await expect(on.command({ type: 'plan', epoch: epoch + 1, request: request(9) })).rejects.toThrow(
      'plan: epoch: expected that of the scan on show',
    );
    if (run.scan.dwellSeconds === undefined)
      await expect(on.command({ type: 'plan', epoch, request: seconds })).rejects.toThrow(
        'the dwell time of the scan is not known',
      );
  });

  it('comes all the same from a thread that died', async () => {
    const { on, run } = complete;
    const expected = known(run);
    const said = saidBy(on);
    await run.plan?.kill();
    await on.command({ type: 'plan', epoch: epochOf(run), request: planOf(run).request });
    expect(known(run)).toEqual(expected);
    expect(said.join()).toContain('started again');
  });
});

describe('an accepted plan', () => {
  it('is told to producers until it is taken back', async () => {
    const { on, run } = complete;
    const epoch = epochOf(run);
    expect(on.planReply()).toMatchObject({ scan: run.scan.id, status: 'proposed', regions: [] });
    const wanted = rectangles(planOf(run));
    await on.command({ type: 'accept-plan', epoch, rectangles: wanted });
    const accepted = planOf(run);
    expect(accepted).toMatchObject({ status: 'accepted', history: [{ number: accepted.number }] });
    expect(accepted.history[0].predictedGain).toBeCloseTo(accepted.gain, 9);
    expect(on.planReply().regions.map(({ region }) => region)).toEqual(
      wanted.map((rectangle) => ({ parentId: run.scan.id, ...rectangle })),
    );
    await expect(on.command({ type: 'plan', epoch, request: request(9) })).rejects.toThrow('withdraw it');
    await on.command({ type: 'withdraw-plan', epoch });
    expect(planOf(run)).toMatchObject({ status: 'proposed', history: [] });
    expect(on.planReply().regions).toEqual([]);
    await expect(on.command({ type: 'withdraw-plan', epoch })).rejects.toThrow('found none');
  });

  it('may be of rectangles that an operator drew, within the scan', async () => {
    const { on, run } = complete;
    const epoch = epochOf(run);
    const [best] = rectangles(planOf(run));
    const drawn = { y: 3, x: 4, height: 5, width: 6, dwells: 2.5 };
    await expect(
      on.command({ type: 'accept-plan', epoch, rectangles: [best, { ...drawn, x: 27 }] }),
    ).rejects.toThrow('rectangles.1: expected within 32 × 32 pixels, found 5 × 6 at (3, 27)');
    expect(planOf(run).status).toBe('proposed');
    await on.command({ type: 'accept-plan', epoch, rectangles: [best, drawn] });
    expect(planOf(run).regions).toMatchObject([{ ...best, number: 1 }, { ...drawn }]);
    expect(planOf(run).regions[1].gain).toBeGreaterThanOrEqual(0);
    expect(planOf(run).regions[1].reason).not.toBe('');
    expect(new Set(planOf(run).regions.map(({ number }) => number)).size).toBe(2);
    await on.command({ type: 'withdraw-plan', epoch });
  });

  it('is over with its rescans, and says what came of it', async () => {
    const on = monitor();
    const patches: NonNullable<ScanOpening['core']['patches']> = [];
    const run = await follow(on, async function* () {
      yield* wholePass();
      await on.settled();
      const shown = on.run as ScanRun;
      const two = rectangles(planOf(shown)).slice(0, 2);
      await on.command({ type: 'accept-plan', epoch: epochOf(shown), rectangles: two });
      for (const [index, { y, x, height, width }] of two.entries()) {
        const { file } = await writeSpectra(
          folder,
          `part-${index}`,
          cropped(passes[1], [y, x], [height, width]),
          'u32',
        );
        patches.push({ cube: file.core, y, x, dwells: 1 });
        yield { type: 'rescan', opening: openingOf(first, { patches: [...patches] }) };
        await on.settled();
        if (index > 0) continue;
        expect(planOf(shown).status).toBe('accepted');
        expect(on.planReply().regions).toMatchObject([{ y: two[1].y, x: two[1].x }]);
        expect(planOf(shown).history[0].achievedGain).toBeDefined();
      }
    });
    const plan = planOf(run);
    expect(plan.status).toBe('proposed');
    expect(plan.history).toHaveLength(1);
    expect(Number.isFinite(plan.history[0].achievedGain)).toBe(true);
    expect(on.planReply().regions).toEqual([]);
    // What is proposed now is a plan for the scan with its rescans, whenever they came.
    const together = await follow(monitor({}, false), wholePass, openingOf(first, { patches }));
    expect({ ...known(run), settled: 0 }).toEqual({ ...known(together), settled: 0 });
  });

  it('expires when the scan goes on otherwise', async () => {
    const on = monitor();
    const statuses: string[] = [];
    const second = await writeSpectra(folder, 'second', passes[1]);
    const run = await follow(on, async function* () {
      yield* wholePass();
      await on.settled();
      const shown = on.run as ScanRun;
      await on.command({
        type: 'accept-plan',
        epoch: epochOf(shown),
        rectangles: rectangles(planOf(shown)),
      });
      const both = openingOf(first, { paths: [...first.core.paths, ...second.file.core.paths] });
      yield { type: 'pass', pass: 1, opening: both };
      statuses.push(planOf(shown).status);
      yield measured(0, PIXELS, 1);
      yield END;
    });
    expect(statuses).toEqual(['expired']);
    expect(run.warnings.join()).toContain('the plan that was accepted has expired: a further pass');
    expect(planOf(run)).toMatchObject({ status: 'proposed', history: [] });
    expect(pixelCount(run.scan)).toBe(PIXELS);
  });

  it('expires when a rescan shows that the specimen has moved, and the next one is sent there', async () => {
    const on = monitor();
    const seen: Plan[] = [];
    const run = await follow(on, async function* () {
      yield* wholePass();
      await on.settled();
      const shown = on.run as ScanRun;
      const [one, ...others] = rectangles(planOf(shown));
      await on.command({ type: 'accept-plan', epoch: epochOf(shown), rectangles: [one, ...others] });
      const { y, x, height, width } = one;
      yield { type: 'rescanning', id: 'r', region: { y, x, height, width }, share: 0.5, over: false };
      seen.push(planOf(shown));
      const { file } = await writeSpectra(folder, 'moved', cropped(passes[1], [y, x], [height, width]));
      const patches = [{ cube: file.core, y, x, dwells: one.dwells }];
      // It was sent two rows higher.
      const shift = { y: 2.3, x: 0, sigma: 0.1 };
      const place = { y: y - 2, x, shape: [height, width] as [number, number], dwells: one.dwells };
      const rescans = [{ name: 'r', ...place, shift, applied: { y: 2, x: 0 } }];
      yield { type: 'rescan', opening: { ...openingOf(first, { patches }), rescans } };
      seen.push(planOf(shown));
      await on.settled();
    });
    const [before, expired] = seen;
    expect(before.regions[0]).toMatchObject({ state: 'scanning', share: 0.5 });
    expect(expired.status).toBe('expired');
    expect(expired.expiredFor).toMatch(/^the specimen has moved by 2\.3 pixels \(.* nm\) since the survey$/);
    expect(run.warnings.join()).toContain(`has expired: ${expired.expiredFor}`);
    const next = planOf(run);
    expect(next).toMatchObject({ status: 'proposed', drift: { applied: { y: 2, x: 0 } } });
    expect(next.history[0].achievedGain).toBeDefined();
    const corner = { y: 1, x: 4, height: 6, width: 8, dwells: 1 };
    await on.command({ type: 'accept-plan', epoch: epochOf(run), rectangles: [corner] });
    expect(on.planReply().regions[0].region).toMatchObject({ y: 0, x: 4, height: 5, width: 8 });
  });

  it('expires when the edges are read on another axis', async () => {
    const { on, run } = complete;
    const epoch = epochOf(run);
    const corner = { y: 0, x: 0, height: 2, width: 2, dwells: 1 };
    await on.command({ type: 'accept-plan', epoch, rectangles: [corner] });
    const statuses: string[] = [];
    const unsubscribe = on.subscribe((change) => {
      if (change.type === 'topic' && change.key === 'plan') statuses.push(planOf(run).status);
    });
    const { offset, dispersion } = run.scan.energy;
    await on.command({ type: 'axis', epoch, offset: offset + 1, dispersion });
    await until(() => statuses.length > 0);
    unsubscribe();
    expect(statuses[0]).toBe('expired');
    expect(on.planReply().regions).toEqual([]);
    expect(run.warnings.join()).toContain('the edges are read otherwise');
  });

  it('accepts itself where that was asked for, as far as the budget goes', async () => {
    const on = monitor({ autoAccept: true, request: request(40) });
    const patches: NonNullable<ScanOpening['core']['patches']> = [];
    const spent: number[] = [];
    const run = await follow(on, async function* () {
      yield* wholePass();
      await on.settled();
      for (let round = 0; round < 4; round++) {
        const { regions, status } = on.planReply();
        if (status !== 'accepted') break;
        spent.push(regions.reduce((sum, { height, width, dwells }) => sum + height * width * dwells, 0));
        for (const [index, { y, x, height, width, dwells }] of regions.entries()) {
          const { file } = await writeSpectra(
            folder,
            `auto-${round}-${index}`,
            cropped(passes[1], [y, x], [height, width]),
            'u32',
          );
          patches.push({ cube: file.core, y, x, dwells });
        }
        yield { type: 'rescan', opening: openingOf(first, { patches: [...patches] }) };
        await on.settled();
      }
    });
    expect(spent.length).toBeGreaterThan(0);
    expect(spent.reduce((sum, one) => sum + one, 0)).toBeLessThanOrEqual(40);
    expect(planOf(run).status).toBe('proposed');
  });
});
