import { beforeAll, describe, expect, it } from 'vitest';
import { labelUncertainty } from '../../../server/analysis/clustering/soft-classes.ts';
import { calibration } from '../../support/calibration.ts';
import { type FittedEdge, fitSimulated } from '../../support/fitted-scan.ts';

/**
 * A pixel is wrong when its class is another than the one the same model gives its spectrum without noise. All pixels
 * that show the edge count, those of mixed phases too.
 */
describe.each([
  { seed: 2, classesIn: 'scores' },
  { seed: 3, classesIn: 'scores' },
  { seed: 2, classesIn: 'embedding' },
  { seed: 3, classesIn: 'embedding' },
] as const)(
  'uncertainty on the simulated anode, seed $seed, classes in the $classesIn',
  ({ seed, classesIn }) => {
    let edges: FittedEdge[];
    beforeAll(async () => {
      edges = await fitSimulated({ shape: [48, 48], seed }, 'Si-L,C-K', { classesIn });
    }, 60_000);

    it('says how often the class is wrong, and where', () => {
      let [brier, constant] = [0, 0];
      for (const { edge, fit, noiseless } of edges) {
        const present = [...fit.labels.keys()].filter((pixel) => fit.labels[pixel] >= 0);
        const stated = present.map((pixel) => fit.uncertainty[pixel]);
        const wrong = present.map((pixel) => fit.labels[pixel] !== noiseless[pixel]);
        const found = calibration(stated, wrong);
        console.log(
          `${edge.name}, seed ${seed}, ${classesIn}: calibration error ${found.error.toFixed(3)}, AUROC ${found.auroc.toFixed(3)}, ` +
            `Brier ${found.brier.toFixed(3)}, ${(100 * found.wrong).toFixed(1)} % wrong of ${found.pixels}, ` +
            `${(100 * found.stated).toFixed(1)} % stated`,
        );
        expect(found.error).toBeLessThanOrEqual(0.05);
        expect(found.auroc).toBeGreaterThanOrEqual(0.8);
        // Always saying how many are wrong would have this score.
        const always = found.wrong * (1 - found.wrong);
        if (classesIn === 'scores') expect(found.brier).toBeLessThan(always);
        brier += found.brier * found.pixels;
        constant += always * found.pixels;
      }
      expect(brier).toBeLessThan(constant);
    });
  },
);

describe('labelUncertainty', () => {
  const centres = Float64Array.of(0, 0, 4, 0);
  const at = (x: number, variance: number) =>
    labelUncertainty(Float32Array.of(x, 0), 0, centres, 2, 0, variance);

  it('is a half at the border and the normal tail away from it', () => {
    expect(at(2, 1)).toBeCloseTo(0.5, 6);
    expect(at(1, 1)).toBeCloseTo(0.158655, 5);
    expect(at(0, 1)).toBeCloseTo(0.02275, 5);
    expect(at(0, 4)).toBeCloseTo(0.158655, 5);
  });

  it('is a half for two centres in one place, and for a pixel without any precision', () => {
    expect(labelUncertainty(Float32Array.of(1, 1), 0, Float64Array.of(1, 1, 1, 1), 2, 0, 1)).toBeCloseTo(
      0.5,
      6,
    );
    expect(at(0, Number.POSITIVE_INFINITY)).toBeCloseTo(0.5, 6);
  });
});
