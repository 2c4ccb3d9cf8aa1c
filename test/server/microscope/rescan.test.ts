import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PlanRectangle, ScanContext } from '../../../protocol/index.ts';
import {
  contextGrid,
  type PixelGrid,
  partOf,
  pixelAt,
  pixelPoint,
} from '../../../server/analysis/scan/scan-geometry.ts';
import { PHASES } from '../../../server/microscope/cross-sections.ts';
import { QUIET } from '../../../server/microscope/noise.ts';
import { rescanRectangle, SimulatedRescan } from '../../../server/microscope/rescan.ts';
import { SimulatedScan } from '../../../server/microscope/scan.ts';
import type { SimulationOptions } from '../../../server/microscope/simulation-options.ts';
import { planMask } from '../../../server/planning/mask.ts';
import type { NionScanParameters } from '../../../server/planning/nion.ts';
import { writePlan } from '../../../server/planning/plan-formats.ts';
import { plannedScans } from '../../support/planned-scan.ts';

const region: PlanRectangle = { y: 5, x: 8, height: 6, width: 7, dwells: 4 };
const scanOf = (options: SimulationOptions = {}) =>
  new SimulatedScan({ shape: [24, 30], seed: 3, ...options });

/** Where a Nion microscope would send the beam. */
function beamGrid(parameters: NionScanParameters): PixelGrid {
  const { pixel_size, fov_nm = 1, center_nm = [0, 0], rotation_rad = 0 } = parameters;
  const context = contextGrid({
    shape: pixel_size,
    fovNm: fov_nm,
    centreNm: center_nm,
    rotationRad: rotation_rad,
  });
  const sub = {
    centre: parameters.subscan_fractional_center,
    size: parameters.subscan_fractional_size,
    rotationRad: parameters.subscan_rotation,
  };
  return partOf(context, sub, parameters.subscan_pixel_size);
}

/** A part of a field, turned against it. */
const PART: ScanContext = {
  shape: [90, 120],
  fovNm: 240,
  centreNm: [15, -40],
  rotationRad: 0.4,
  subscan: { centre: [0.52, 0.45], size: [24 / 90, 30 / 120], rotationRad: -0.9 },
};

describe('a plan that goes to the simulated microscope as nion.json', () => {
  it('has the pixels of its mask scanned and no others, in sub-scans of rotated sub-scans, too', async () => {
    await fc.assert(
      fc.asyncProperty(plannedScans, async ({ plan, scan: planned }) => {
        const bytes = await writePlan('nion.json', plan, planned);
        const { regions } = JSON.parse(Buffer.from(bytes).toString());
        const { context, shape } = planned;
        const scanGrid = context
          ? partOf(
              contextGrid(context),
              context.subscan ?? { centre: [0.5, 0.5], size: [1, 1], rotationRad: 0 },
              shape,
            )
          : contextGrid({
              shape,
              fovNm: (planned.pixelSizeNm ?? 1 / Math.max(...shape)) * Math.max(...shape),
              centreNm: [0, 0],
              rotationRad: 0,
            });
        const hit = new Uint8Array(shape[0] * shape[1]);
        for (const { parameters } of regions) {
          const beam = beamGrid(parameters);
          for (let row = 0; row < beam.shape[0]; row++)
            for (let column = 0; column < beam.shape[1]; column++) {
              const pixel = pixelAt(scanGrid, pixelPoint(beam, [row, column]));
              hit[Math.round(pixel[0]) * shape[1] + Math.round(pixel[1])] = 1;
            }
        }
        expect(hit).toEqual(planMask(plan.regions, shape));
      }),
      { numRuns: 60 },
    );
  });

  it.each<[string, SimulationOptions]>([
    ['of a whole field', {}],
    ['of a rotated field', { context: { shape: [24, 30], fovNm: 60, centreNm: [0, 0], rotationRad: 0.7 } }],
    ['of a rotated sub-scan of a rotated field', { context: PART }],
  ])('meets the specimen where the first pass saw it: %s', async (_name, options) => {
    const scan = scanOf(options);
    const plan = {
      status: 'accepted' as const,
      verdict: 'rescan' as const,
      words: '',
      regions: [{ ...region, number: 1, gain: 1, reason: '' }],
    };
    const described = {
      id: 's',
      name: 's',
      shape: scan.shape,
      pixelSizeNm: scan.pixelSizeNm,
      ...(options.context && { context: options.context }),
    };
    const [{ parameters }] = JSON.parse(
      Buffer.from(await writePlan('nion.json', plan, described)).toString(),
    ).regions;
    const rescan = new SimulatedRescan(scan, beamGrid(parameters), { dwells: 4, number: 1 });
    let seen = 0;
    for (let row = 0; row < region.height; row++)
      for (let column = 0; column < region.width; column++) {
        const there = scan.thickness((region.y + row) * scan.shape[1] + region.x + column);
        const here = rescan.thicknessNm.subarray(
          (row * region.width + column) * PHASES.length,
          (row * region.width + column + 1) * PHASES.length,
        );
        for (let p = 0; p < PHASES.length; p++) expect(here[p]).toBeCloseTo(there[p], 2);
        seen = Math.max(seen, ...here);
      }
    expect(seen).toBeGreaterThan(10);
  });
});

describe('a simulated rescan', () => {
  const rescanOf = (
    scan: SimulatedScan,
    options: Partial<Parameters<typeof rescanRectangle>[2]> = {},
    finer = 1,
  ) => rescanRectangle(scan, region, { number: 1, ...options }, finer);
  const sum = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0);

  it('is the same again for the same number, and has other noise for another', () => {
    const [a, b, other] = [rescanOf(scanOf()), rescanOf(scanOf()), rescanOf(scanOf(), { number: 2 })];
    expect(a.row(3)).toEqual(b.row(3));
    expect(a.row(3).core).not.toEqual(other.row(3).core);
  });

  it('has as many times the counts as it has dwells', () => {
    const scan = scanOf({ noise: { ...QUIET }, driftEv: 0 });
    const rescan = rescanOf(scan);
    let [first, again] = [0, 0];
    for (let row = 0; row < region.height; row++) {
      again += sum(rescan.row(row).core);
      first += sum(
        scan
          .row(region.y + row)
          .core.subarray(
            region.x * scan.model.core.channels,
            (region.x + region.width) * scan.model.core.channels,
          ),
      );
    }
    // Both are Poisson: five standard deviations.
    expect(Math.abs(again / 4 - first)).toBeLessThan(5 * Math.sqrt(first * 1.25));
  });

  it('of the whole area sees what the first pass saw, up to the border', () => {
    const scan = scanOf();
    const rescan = rescanRectangle(scan, { y: 0, x: 0, height: 24, width: 30, dwells: 1 }, { number: 1 });
    rescan.thicknessNm.forEach((thickness, i) => {
      expect(Math.abs(thickness - scan.phantom.thicknessNm[i])).toBeLessThan(1e-4);
    });
  });

  it('shares no noise with the first pass', () => {
    const scan = scanOf({ noise: { ...QUIET }, driftEv: 0 });
    const rescan = rescanRectangle(scan, { y: 0, x: 0, height: 24, width: 30, dwells: 1 }, { number: 1 });
    let product = 0;
    let count = 0;
    for (let row = 0; row < 24; row++) {
      const [a, b] = [scan.row(row).core, rescan.row(row).core];
      for (let column = 0; column < 30; column++) {
        const expected = scan.expectedCoreLoss(row * 30 + column);
        for (let channel = 40; channel < 400; channel += 3) {
          const at = column * expected.length + channel;
          if (expected[channel] < 1) continue;
          product += ((a[at] - expected[channel]) * (b[at] - expected[channel])) / expected[channel];
          count++;
        }
      }
    }
    expect(count).toBeGreaterThan(10_000);
    expect(Math.abs(product / count)).toBeLessThan(5 / Math.sqrt(count));
  });

  it('sees the specimen beyond its place after a drift', () => {
    const scan = scanOf();
    const drifted = rescanOf(scan, { drift: [2, -3] });
    const straight = rescanRectangle(scan, { ...region, y: region.y + 2, x: region.x - 3 }, { number: 1 });
    straight.thicknessNm.forEach((thickness, i) => {
      expect(drifted.thicknessNm[i]).toBeCloseTo(thickness, 3);
    });
  });

  it('shares the dose among finer pixels', () => {
    const scan = scanOf({ noise: { ...QUIET } });
    const [plain, fine] = [rescanOf(scan), rescanOf(scan, {}, 3)];
    expect(fine.shape).toEqual([18, 21]);
    expect(fine.pixelSizeNm).toBeCloseTo(scan.pixelSizeNm / 3, 9);
    expect(fine.electrons * 9).toBeCloseTo(plain.electrons, 3);
  });

  it('says where it lies in the field, so that a plan on it is for the same field', () => {
    const { context } = rescanOf(scanOf({ context: PART }));
    expect(context).toMatchObject({ shape: [90, 120], fovNm: 240, rotationRad: 0.4 });
    expect(context.subscan?.rotationRad).toBeCloseTo(-0.9, 9);
    expect(context.subscan?.size[0]).toBeCloseTo(6 / 90, 9);
  });

  it('loses SiO2 to the beam where that is asked for', () => {
    const scan = scanOf();
    const [whole, damaged] = [
      rescanOf(scan),
      rescanOf(scan, { damage: 0.1, exposure: new Float32Array(720).fill(2) }),
    ];
    const of = (thickness: Float32Array, phase: (typeof PHASES)[number]) =>
      sum(thickness.filter((_, i) => i % PHASES.length === PHASES.indexOf(phase)));
    expect(of(whole.thicknessNm, 'SiO2')).toBeGreaterThan(10);
    expect(of(damaged.thicknessNm, 'SiO2') / of(whole.thicknessNm, 'SiO2')).toBeCloseTo(0.81, 4);
    const silicon = ({ thicknessNm }: SimulatedRescan) =>
      50 * of(thicknessNm, 'Si') + 22.05 * of(thicknessNm, 'SiO2');
    expect(silicon(damaged)).toBeCloseTo(silicon(whole), 0);
  });
});
