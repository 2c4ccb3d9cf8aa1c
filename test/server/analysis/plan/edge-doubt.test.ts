import { describe, expect, it } from 'vitest';
import { DECISION_NUMBERS, writeDecision } from '../../../../server/analysis/clustering/class-decision.ts';
import { EdgeDoubt } from '../../../../server/analysis/plan/edge-doubt.ts';
import { plannedEdge } from '../../../support/plan-input.ts';
import { normals } from '../../../support/synthetic-cube.ts';

const PIXELS = 12_000;

/** Three in ten pixels have the edge, two in ten a trace of up to a fifth of it. */
const strengthOf = (pixel: number): number =>
  pixel % 10 < 3 ? 5 : pixel % 10 < 5 ? ((pixel * 7919) % 1000) / 1000 : 0;

/** Pixels stated wrong when each has been exposed for so long, and those that are. */
function wrongAt(exposureOf: (pixel: number) => number): {
  stated: number;
  real: number;
} {
  const normal = normals(4);
  const exposure = Float32Array.from({ length: PIXELS }, (_, pixel) => exposureOf(pixel));
  const edge = plannedEdge('O-K', PIXELS, () => undefined);
  exposure.forEach((dwells, pixel) => {
    edge.snr[pixel] = strengthOf(pixel) * Math.sqrt(dwells) + normal();
    edge.labels[pixel] = edge.snr[pixel] >= 3 ? 0 : -1;
  });
  const doubt = new EdgeDoubt(edge, { exposure });
  let [stated, real] = [0, 0];
  edge.labels.forEach((label, pixel) => {
    stated += 1 - doubt.right(pixel, 1);
    const strength = strengthOf(pixel);
    if (strength === 5 ? label < 0 : strength === 0 && label >= 0) real++;
  });
  return { stated, real };
}

describe('doubt of an edge', () => {
  it('falls as dose is added, also where half of a scan was scanned again', () => {
    const [once, half, twice, four] = [
      wrongAt(() => 1),
      wrongAt((pixel) => (pixel < PIXELS / 2 ? 4 : 1)),
      wrongAt(() => 2),
      wrongAt(() => 4),
    ];
    expect(twice.stated).toBeLessThan(0.7 * once.stated);
    expect(four.stated).toBeLessThan(twice.stated);
    expect(half.stated).toBeLessThan(0.8 * once.stated);
    expect(half.stated).toBeGreaterThan(four.stated);
    for (const { stated, real } of [once, half, twice, four])
      expect(Math.abs(stated - real) / PIXELS).toBeLessThan(0.02);
  });

  it('takes traces for neither right nor wrong, whatever their S/N', () => {
    const edge = plannedEdge('O-K', 1000, () => undefined);
    edge.snr.forEach((_, pixel) => {
      edge.snr[pixel] = pixel < 300 ? 60 : pixel < 900 ? 1 + (pixel % 12) : 0;
      edge.labels[pixel] = edge.snr[pixel] >= 3 ? 0 : -1;
    });
    const doubt = new EdgeDoubt(edge, {
      exposure: new Float32Array(1000).fill(1),
    });
    for (let pixel = 0; pixel < 1000; pixel++) expect(doubt.right(pixel, 0.99)).toBeGreaterThan(0.9);
    // Their class is no matter either; that of the edge itself is.
    expect(doubt.right(304, 0.5)).toBeGreaterThan(0.98);
    expect(doubt.right(0, 0.5)).toBeCloseTo(0.5, 2);
  });

  it('does not settle between classes that hardly differ', () => {
    const edge = plannedEdge('O-K', 2, () => undefined);
    edge.snr.fill(50);
    edge.labels.fill(0);
    [3, 10].forEach((apart, pixel) => {
      writeDecision(edge.decisions, DECISION_NUMBERS * pixel, {
        margin: 0.2,
        apart,
        scatter: 0.1,
        odds: -0.3,
        other: 1,
      });
    });
    const doubt = new EdgeDoubt(edge, {
      exposure: new Float32Array(2).fill(1),
    });
    expect(doubt.decisionOf(0)).toBeUndefined();
    expect(doubt.decisionOf(1)).toBeDefined();
  });
});
