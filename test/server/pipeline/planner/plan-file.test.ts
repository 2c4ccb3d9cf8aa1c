import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type EdgeState, layerOf, type Plan, type Topic } from '../../../../protocol/index.ts';
import { planFile, type ShownScan } from '../../../../server/pipeline/planner/plan-file.ts';
import { PLAN_DEFAULTS } from '../../../../server/pipeline/planner/plan-options.ts';
import { PlanState } from '../../../../server/pipeline/planner/plan-state.ts';
import { surveyThumbnail } from '../../../../server/pipeline/planner/survey-thumbnail.ts';
import { planMask } from '../../../../server/planning/mask.ts';

const SHAPE: [number, number] = [4, 6];

function planned(): Plan {
  const state = new PlanState({
    epoch: 1,
    scan: { id: 'anode', shape: SHAPE },
    request: PLAN_DEFAULTS.request,
    exposure: new Float32Array(24).fill(1),
    doseRate: 50,
    doseLimit: 400,
  });
  state.propose(
    {
      verdict: 'rescan',
      words: 'one region',
      regions: [{ y: 1, x: 2, height: 2, width: 3, dwells: 4, gain: 2.5, reason: 'because' }],
      cost: { pixelDwells: 24, percent: 100 },
      gain: 2.5,
      wrong: 5,
      settled: { curve: [], mayStop: false },
    },
    true,
  );
  return state.plan;
}

function shown(plan = planned()): ShownScan {
  const labels = Int16Array.from({ length: 24 }, (_, i) => i % 3);
  const counts = Float32Array.from({ length: 24 }, (_, i) => (i === 23 ? Number.NaN : i));
  const edge = { type: 'edge', name: 'Si-L', revision: 2 } as EdgeState;
  return {
    scan: {
      type: 'scan',
      epoch: 1,
      source: 'test',
      edges: [{ name: 'Si-L', onsetEv: 99, fitWindow: [60, 96], signalWindow: [99, 130] }],
      layers: [],
      scan: {
        id: 'anode',
        name: 'Anode',
        shape: SHAPE,
        channels: 8,
        energy: { offset: 0, dispersion: 1, units: 'eV' },
        dtype: 'u16',
        pixelSizeNm: 0.5,
      },
    },
    layers: [
      { layer: { id: 0, ...layerOf('counts') }, data: counts, revision: 0 },
      { layer: { id: 1, ...layerOf('labels', { edge: 'Si-L' }) }, data: labels, revision: 2 },
    ],
    topics: new Map<string, Topic>([
      ['edge/Si-L', edge],
      ['plan', plan],
    ]),
  };
}

describe('plan.json', () => {
  it('says what is to be scanned again, in pixels and nm, and what it was made from', () => {
    const file = planFile(shown(), '1.2.3');
    const hash = createHash('sha256');
    hash.update(new Uint8Array(Int16Array.from({ length: 24 }, (_, i) => i % 3).buffer));
    hash.update(new Uint8Array(Float32Array.from({ length: 24 }, (_, i) => (i === 23 ? 0 : 1)).buffer));
    expect(file).toMatchObject({
      version: 1,
      program: { name: 'eelwatch', version: '1.2.3' },
      scan: { id: 'anode', name: 'Anode', shape: SHAPE, pixelSizeNm: 0.5 },
      budget: { unit: 'percent', value: 25 },
      verdict: 'rescan',
      regions: [
        {
          number: 1,
          y: 1,
          x: 2,
          height: 2,
          width: 3,
          dwells: 4,
          nm: { y: 0.5, x: 1, height: 1, width: 1.5 },
          gain: 2.5,
          reason: 'because',
        },
      ],
      generatedFrom: { revisions: { 'Si-L': 2 }, pixels: 23, hash: hash.digest('hex') },
    });
  });

  it('counts the dose of pixels before and after', () => {
    expect(planFile(shown(), '1')?.dose).toEqual({
      units: 'e/Å²',
      before: { mean: (50 * 23) / 24, most: 50 },
      after: { mean: (50 * (23 + 24)) / 24, most: 250 },
      limit: 400,
    });
    const { doseRate: _, doseLimit: _limit, ...unknown } = planned();
    expect(planFile(shown(unknown), '1')?.dose).toMatchObject({ units: 'dwells', after: { most: 5 } });
  });

  it('is there once a scan is planned for', () => {
    expect(planFile({ ...shown(), topics: new Map() }, '1')).toBeUndefined();
    expect(planFile({ ...shown(), scan: undefined }, '1')).toBeUndefined();
  });

  it('has a mask that holds its regions, and no pixel more', () => {
    const mask = planMask(planned().regions, SHAPE);
    expect([...mask].map((one, i) => (one ? i : -1)).filter((i) => i >= 0)).toEqual([8, 9, 10, 14, 15, 16]);
  });
});

describe('the thumbnail of a plan', () => {
  const samples = (data: string) => new Float32Array(Uint8Array.from(Buffer.from(data, 'base64')).buffer);

  it('is the map of counts itself where that is small', () => {
    const { survey } = planFile(shown(), '1') ?? {};
    expect(survey).toMatchObject({ kind: 'counts', shape: SHAPE, step: 1, dtype: 'f32' });
    expect([...samples(survey?.data ?? '')].slice(0, 3)).toEqual([0, 1, 2]);
    expect(samples(survey?.data ?? '')[23]).toBeNaN();
  });

  it('holds means of squares, smaller ones at the edges, of the pixels that are measured', () => {
    const [rows, columns] = [65, 130];
    const counts = Float32Array.from(
      { length: rows * columns },
      (_, i) => (i % columns) + 1000 * Math.floor(i / columns),
    );
    counts.fill(Number.NaN, 64 * columns);
    const { shape, step, data } = surveyThumbnail(counts, [rows, columns]);
    expect([shape, step]).toEqual([[22, 44], 3]);
    expect(samples(data)[0]).toBe(1 + 1000);
    expect(samples(data)[43]).toBe(129 + 1000);
    // Rows 63 to 65, of which one is measured and one is none.
    expect(samples(data)[21 * 44]).toBe(1 + 63_000);
    expect(Buffer.from(data, 'base64')).toHaveLength(4 * 22 * 44);
  });
});
