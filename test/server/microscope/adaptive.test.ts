import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PlanRectangle, PlanReply } from '../../../protocol/index.ts';
import {
  type AdaptiveEvent,
  type AdaptiveOptions,
  acquireAdaptively,
} from '../../../server/microscope/adaptive.ts';
import { rescanRectangle } from '../../../server/microscope/rescan.ts';
import { SimulatedScan } from '../../../server/microscope/scan.ts';
import { FakePlanningIngest, NO_PLAN } from '../../support/fake-planning-ingest.ts';

const shape: [number, number] = [16, 20];
const A: PlanRectangle = { y: 2, x: 3, height: 4, width: 5, dwells: 2 };
const B: PlanRectangle = { y: 9, x: 0, height: 3, width: 4, dwells: 1 };

let ingest: FakePlanningIngest;
let url: string;
let events: AdaptiveEvent[];
beforeEach(async () => {
  ingest = new FakePlanningIngest();
  url = await ingest.open();
  events = [];
});
afterEach(() => ingest.close());

const plan = (number: number, changes: Partial<PlanReply>, rectangles: PlanRectangle[] = []): PlanReply => ({
  ...NO_PLAN,
  scan: 'anode',
  number,
  status: 'proposed',
  verdict: 'rescan',
  words: 'Scan again',
  ...changes,
  regions: rectangles.map((rectangle, index) => ({
    ...rectangle,
    number: index + 1,
    region: { parentId: 'anode', ...rectangle },
  })),
});
const accepted = (number: number, ...rectangles: PlanRectangle[]) =>
  plan(number, { status: 'accepted' }, rectangles);
const nothing = (number: number, final?: boolean) =>
  plan(number, { verdict: 'no-rescan', words: 'Nothing is worth it', ...(final !== undefined && { final }) });

const run = (options: Partial<AdaptiveOptions> = {}, signal?: AbortSignal) =>
  acquireAdaptively(
    url,
    {
      shape,
      seed: 4,
      lowLoss: false,
      id: 'anode',
      name: 'Anode',
      budget: { unit: 'percent', value: 25 },
      intervalMs: 10,
      settleMs: 100,
      onEvent: (event) => events.push(event),
      ...options,
    },
    signal,
  );
const end = () => events.at(-1);

describe('adaptive acquisition', () => {
  it('pushes a scan, waits for a yes, rescans the accepted regions, and ends when nothing is worth it', async () => {
    const answers = [NO_PLAN, plan(1, {}), plan(1, {}), accepted(1, A, B), accepted(1, A, B), nothing(2)];
    ingest.answer = (_scans, asked) => answers[Math.min(asked, answers.length) - 1];
    expect(await run({ firstDwell: 0.5 })).toBe(true);

    expect(ingest.scans.map(({ message }) => message.id)).toEqual([
      'anode',
      'anode/rescan-1',
      'anode/rescan-2',
    ]);
    expect(ingest.scans.every(({ ended }) => ended)).toBe(true);
    expect(ingest.scans[1].message).toMatchObject({
      shape: [4, 5],
      region: { parentId: 'anode', ...A },
      channels: 1024,
      simulated: true,
    });
    const scan = new SimulatedScan({ shape, seed: 4, lowLoss: false, firstDwell: 0.5 });
    const rescan = rescanRectangle(scan, A, { number: 1 });
    const wanted = Buffer.concat(
      Array.from({ length: A.height }, (_, row) => Buffer.from(rescan.row(row).core.buffer as ArrayBuffer)),
    );
    expect(Buffer.concat(ingest.scans[1].data).equals(wanted)).toBe(true);
    expect(events.map(({ event }) => event)).toEqual([
      'first pass',
      'waiting',
      'waiting',
      'rescan',
      'rescan',
      'waiting',
      'end',
    ]);
    expect(events[2]).toEqual({
      event: 'waiting',
      words: 'for the operator to accept plan 1 on the page (Scan again)',
    });
    expect(end()).toEqual({ event: 'end', words: 'Nothing is worth it', rescans: 2, spent: 52 });
  });

  it('begins the noise of rescans anew, and its dose is that of the first pass', () => {
    const full = new SimulatedScan({ shape, seed: 4 });
    const weak = new SimulatedScan({ shape, seed: 4, firstDwell: 0.25 });
    expect(weak.electrons).toBeCloseTo(full.electrons / 4, 6);
    expect(rescanRectangle(weak, { ...A, dwells: 8 }, { number: 1 }).electrons).toBeCloseTo(
      2 * full.electrons,
      3,
    );
  });

  it('ends when the budget is spent, and never goes beyond it', async () => {
    // 80 pixel-dwells: the first region takes 40, the second does not fit, the third does.
    const large = { y: 0, x: 0, height: 16, width: 4, dwells: 1 };
    const fits = { y: 6, x: 8, height: 4, width: 10, dwells: 1 };
    ingest.answer = () => accepted(1, A, large, fits);
    expect(await run()).toBe(true);
    expect(ingest.scans.slice(1).map(({ message }) => message.region?.y)).toEqual([2, 6]);
    expect(events.find(({ event }) => event === 'skipped')).toMatchObject({
      words: 'region 2 takes 64 pixel-dwells, 40 pixel-dwells are left',
    });
    expect(end()).toEqual({ event: 'end', words: 'the budget is spent', rescans: 2, spent: 80 });
  });

  it('goes on with the next plan, and scans no region of a plan twice', async () => {
    ingest.answer = (scans) => {
      if (scans.length < 2) return accepted(1, A);
      // The monitor has not taken the rescan in yet at first.
      return ingest.asked < 6 ? accepted(1, A) : accepted(3, B);
    };
    expect(await run({ budget: { unit: 'pixels', value: 54 } })).toBe(true);
    expect(ingest.scans.slice(1).map(({ message }) => message.region?.y)).toEqual([2, 9]);
    expect(end()).toMatchObject({ rescans: 2, spent: 52 });
  });

  it('ends when no region fits', async () => {
    ingest.answer = () => accepted(1, { ...A, dwells: 16 });
    expect(await run()).toBe(true);
    expect(end()).toMatchObject({ words: 'no region fits into what is left of the budget', rescans: 0 });
  });

  it('believes that nothing is worth it once that stands, or comes of the final maps', async () => {
    ingest.answer = (_scans, asked) => (asked < 4 ? nothing(asked) : nothing(4, true));
    expect(await run({ settleMs: 60_000 })).toBe(true);
    expect(ingest.asked).toBe(4);
  });

  it('waits for its own scan, and gives up after a while where that is asked for', async () => {
    ingest.answer = () => ({ ...accepted(1, A), scan: 'another' });
    expect(await run({ patienceSeconds: 0.1 })).toBe(true);
    expect(ingest.scans).toHaveLength(1);
    expect(events[1]).toMatchObject({ words: 'for the monitor to show this scan; it shows "another"' });
    expect(end()).toMatchObject({ words: 'no plan was accepted for 0.1 s' });
  });

  it('asks again after a lost connection', async () => {
    ingest.answer = (_scans, asked) => {
      if (asked === 2) ingest.cut();
      return asked < 4 ? plan(1, {}) : nothing(2, true);
    };
    expect(await run()).toBe(true);
    expect(ingest.asked).toBeGreaterThanOrEqual(4);
  });

  it('ends when it is interrupted', async () => {
    const stop = new AbortController();
    ingest.answer = (_scans, asked) => {
      if (asked === 2) stop.abort();
      return NO_PLAN;
    };
    expect(await run({}, stop.signal)).toBe(false);
  });

  it('refuses an answer that is none, and budgets that say nothing here', async () => {
    ingest.answer = () => ({ ...NO_PLAN, status: 'perhaps' }) as unknown as PlanReply;
    await expect(run()).rejects.toThrow('status');
    await expect(run({ budget: { unit: 'dose', value: 100 } })).rejects.toThrow(
      'simulate: --budget: expected percent, pixels or seconds, found dose',
    );
    await expect(run({ budget: { unit: 'seconds', value: 10 } })).rejects.toThrow('or a --dwell');
  });
});
