import fc from 'fast-check';
import type { PlanRegion, ScanContext } from '../../protocol/index.ts';
import type { ExportedPlan, PlannedScan } from '../../server/planning/planned-scan.ts';

/** A plan with a scan it is for. */
export interface Planned {
  scan: PlannedScan;
  plan: ExportedPlan;
}

const between = (min: number, max: number) => fc.double({ min, max, noNaN: true });

/** A context scan with square pixels, and a part of it in which the pixels of the scan are square, too. */
const contexts = (shape: [number, number]): fc.Arbitrary<ScanContext> =>
  fc
    .record({
      rows: fc.integer({ min: 8, max: 300 }),
      columns: fc.integer({ min: 8, max: 300 }),
      fovNm: between(1, 2000),
      centreNm: fc.tuple(between(-500, 500), between(-500, 500)),
      rotationRad: between(-3, 3),
      part: fc.option(
        fc.record({
          centre: fc.tuple(between(0.2, 0.8), between(0.2, 0.8)),
          /** Pixels of the context that a pixel of the scan is as wide as. */
          step: between(0.05, 2),
          rotationRad: between(-3, 3),
        }),
      ),
    })
    .map(({ rows, columns, part, ...rest }) => ({
      shape: part ? [rows, columns] : shape,
      ...rest,
      ...(part && {
        subscan: {
          centre: part.centre,
          size: [(shape[0] * part.step) / rows, (shape[1] * part.step) / columns],
          rotationRad: part.rotationRad,
        },
      }),
    }));

const regionsIn = ([rows, columns]: [number, number]): fc.Arbitrary<PlanRegion> =>
  fc
    .record({
      y: fc.integer({ min: 0, max: rows - 1 }),
      x: fc.integer({ min: 0, max: columns - 1 }),
      down: fc.double({ min: 0, max: 1, noNaN: true }),
      across: fc.double({ min: 0, max: 1, noNaN: true }),
      dwells: fc.constantFrom(0.25, 0.5, 1, 2, 4, 7),
      seconds: fc.option(between(0, 1000)),
      gain: between(0, 500),
      reason: fc.constantFrom('Si-L: class 1 or 2? S/N 4.1', 'at a C–Si border, "new"', 'µ × σ 3', ''),
    })
    .map(({ y, x, down, across, seconds, ...rest }) => ({
      number: 0,
      state: 'proposed' as const,
      y,
      x,
      height: 1 + Math.floor(down * (rows - y - 1)),
      width: 1 + Math.floor(across * (columns - x - 1)),
      ...rest,
      ...(seconds !== null && { seconds }),
    }));

/** Plans for scans of up to 60 × 60 pixels; sub-scans of rotated contexts among them. */
export const plannedScans: fc.Arbitrary<Planned> = fc
  .tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 60 }))
  .chain((shape) =>
    fc.record({
      shape: fc.constant(shape),
      context: fc.option(contexts(shape)),
      pixelSizeNm: fc.option(between(0.01, 50)),
      dwellSeconds: fc.option(between(1e-6, 2)),
      regions: fc.array(regionsIn(shape), { maxLength: 6 }),
    }),
  )
  .map(({ shape, context, pixelSizeNm, dwellSeconds, regions }) => ({
    scan: {
      id: 'scan-1',
      name: 'anode',
      shape,
      ...(context && { context }),
      ...(pixelSizeNm !== null && { pixelSizeNm }),
      ...(dwellSeconds !== null && { dwellSeconds }),
    },
    plan: {
      number: 3,
      status: 'accepted',
      verdict: 'rescan',
      words: 'Scan again',
      regions: regions.map((region, index) => ({ ...region, number: index + 1 })),
    },
  }));
