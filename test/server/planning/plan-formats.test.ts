import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PlanRectangle } from '../../../protocol/index.ts';
import { partOf, scanGrids } from '../../../server/analysis/scan/scan-geometry.ts';
import { decodeNpy } from '../../../server/formats/numpy/numpy.ts';
import { planMask } from '../../../server/planning/mask.ts';
import type { NionScanParameters } from '../../../server/planning/nion.ts';
import {
  PLAN_FORMATS,
  type PlanFormatName,
  planFormatOf,
  writePlan,
} from '../../../server/planning/plan-formats.ts';
import { pixelsOf } from '../../../server/planning/points.ts';
import { parsePlanFile } from '../../../server/planning/read-plan.ts';
import { type Planned, plannedScans } from '../../support/planned-scan.ts';

const textOf = async (name: PlanFormatName, { plan, scan }: Planned): Promise<string> =>
  Buffer.from(await writePlan(name, plan, scan)).toString('utf8');

const rectangles = ({ plan }: Planned): PlanRectangle[] =>
  plan.regions.map(({ y, x, height, width, dwells }) => ({ y, x, height, width, dwells }));

const dataLines = (text: string): string[] =>
  text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));

/** Where a sub-scan's beam goes, in pixels of the scan: written without the program's geometry, with complex numbers. */
function beamPixels(parameters: NionScanParameters, { scan }: Planned): [number, number][] {
  type Complex = { re: number; im: number };
  // x + iy with y upwards: multiplying by exp(iφ) turns counterclockwise.
  const times = (a: Complex, angle: number): Complex => ({
    re: a.re * Math.cos(angle) - a.im * Math.sin(angle),
    im: a.re * Math.sin(angle) + a.im * Math.cos(angle),
  });
  const [rows, columns] = parameters.pixel_size;
  const [height, width] = parameters.subscan_pixel_size;
  const own = scan.context?.subscan;
  const pixels: [number, number][] = [];
  for (let row = 0; row < height; row++)
    for (let column = 0; column < width; column++) {
      // In pixels of the context, from its centre.
      const local = {
        re: ((column + 0.5) / width - 0.5) * parameters.subscan_fractional_size[1] * columns,
        im: -((row + 0.5) / height - 0.5) * parameters.subscan_fractional_size[0] * rows,
      };
      const turned = times(local, parameters.subscan_rotation);
      const point = {
        re: turned.re + (parameters.subscan_fractional_center[1] - 0.5) * columns,
        im: turned.im - (parameters.subscan_fractional_center[0] - 0.5) * rows,
      };
      const centre = own?.centre ?? [0.5, 0.5];
      const size = own?.size ?? [1, 1];
      const back = times(
        { re: point.re - (centre[1] - 0.5) * columns, im: point.im + (centre[0] - 0.5) * rows },
        -(own?.rotationRad ?? 0),
      );
      pixels.push([
        (-back.im / (size[0] * rows) + 0.5) * scan.shape[0] - 0.5,
        (back.re / (size[1] * columns) + 0.5) * scan.shape[1] - 0.5,
      ]);
    }
  return pixels;
}

describe('a plan that is written', () => {
  it('as nion.json sends the beam to the pixels of the mask', async () => {
    await fc.assert(
      fc.asyncProperty(plannedScans, async (planned) => {
        const { regions } = JSON.parse(await textOf('nion.json', planned));
        const hit = new Uint8Array(planned.scan.shape[0] * planned.scan.shape[1]);
        for (const { parameters } of regions)
          for (const [row, column] of beamPixels(parameters, planned)) {
            expect(Math.abs(row - Math.round(row))).toBeLessThan(1e-6);
            expect(Math.abs(column - Math.round(column))).toBeLessThan(1e-6);
            hit[Math.round(row) * planned.scan.shape[1] + Math.round(column)] = 1;
          }
        expect(hit).toEqual(planMask(planned.plan.regions, planned.scan.shape));
      }),
      { numRuns: 60 },
    );
  });

  it('as nion.json keeps the context, the dwell and the order of the numbers', async () => {
    const planned: Planned = {
      scan: {
        id: 's',
        name: 'anode',
        shape: [20, 40],
        pixelSizeNm: 0.5,
        dwellSeconds: 2e-3,
        context: { shape: [100, 200], fovNm: 100, centreNm: [7, -3], rotationRad: 0.3 },
      },
      plan: {
        number: 1,
        status: 'accepted',
        verdict: 'rescan',
        words: '',
        regions: [{ number: 1, y: 5, x: 0, height: 10, width: 20, dwells: 4, gain: 1, reason: '' }],
      },
    };
    const [{ parameters }] = JSON.parse(await textOf('nion.json', planned)).regions;
    expect(parameters).toEqual({
      pixel_size: [100, 200],
      fov_nm: 100,
      center_nm: [7, -3],
      rotation_rad: 0.3,
      pixel_time_us: 8000,
      subscan_fractional_center: [0.5, 0.25],
      subscan_fractional_size: [0.5, 0.5],
      subscan_pixel_size: [10, 20],
      subscan_rotation: 0,
    });
    const { scan, context } = scanGrids(planned.scan);
    expect(scan.size).toEqual(context.size);
    expect(partOf(context, { centre: [0.5, 0.5], size: [1, 1], rotationRad: 0 }, [1, 1]).centre).toEqual([
      7, -3,
    ]);
  });

  it('as gatan.txt is numbers between tabs, and ASCII', async () => {
    await fc.assert(
      fc.asyncProperty(plannedScans, async (planned) => {
        const text = await textOf('gatan.txt', planned);
        expect(text).toMatch(/^[\t\n\x20-\x7e]*$/);
        const read = dataLines(text).map((line) => {
          const fields = line.split('\t');
          expect(fields).toHaveLength(10);
          const [top, left, bottom, right, dwells] = fields.slice(1).map(Number);
          return { y: top, x: left, height: bottom - top, width: right - left, dwells };
        });
        expect(read).toEqual(rectangles(planned));
      }),
    );
  });

  it('as regions.csv has the rectangles in pixels and nm', async () => {
    await fc.assert(
      fc.asyncProperty(plannedScans, async (planned) => {
        const [heading, ...lines] = (await textOf('regions.csv', planned)).trimEnd().split('\n');
        expect(heading.split(',')).toHaveLength(14);
        const size = planned.scan.pixelSizeNm;
        const read = lines.map((line) => {
          const fields = line.split(',');
          const [y, x, height, width] = fields.slice(1, 5).map(Number);
          const nm = fields.slice(5, 9);
          if (size === undefined) expect(nm.join('')).toBe('');
          else
            [y, x, height, width].forEach((pixels, i) => {
              expect(Number(nm[i])).toBeCloseTo(pixels * size, 6);
            });
          return { y, x, height, width, dwells: Number(fields[9]) };
        });
        expect(read).toEqual(rectangles(planned));
      }),
    );
  });

  it('as points.csv visits each pixel of a region once, in the order it states', async () => {
    await fc.assert(
      fc.asyncProperty(
        plannedScans,
        fc.constantFrom('raster', 'serpentine'),
        async ({ plan, scan }, order) => {
          const bytes = await writePlan('points.csv', plan, scan, { order });
          const [heading, ...lines] = Buffer.from(bytes).toString().trimEnd().split('\n');
          expect(heading.split(',')[0]).toBe(`step (${order})`);
          const read = lines.map((line) => line.split(',').slice(0, 4).map(Number));
          const wanted = plan.regions.flatMap((region) =>
            [...pixelsOf(region, order)].map(([y, x]) => [region.number, y, x]),
          );
          expect(read).toEqual(wanted.map((point, step) => [step, ...point]));
        },
      ),
      { numRuns: 40 },
    );
  });

  it('walks back in odd rows of a serpentine', () => {
    expect([...pixelsOf({ y: 1, x: 5, height: 2, width: 3 }, 'serpentine')]).toEqual([
      [1, 5],
      [1, 6],
      [1, 7],
      [2, 7],
      [2, 6],
      [2, 5],
    ]);
  });

  it('as mask.npy is the mask', async () => {
    await fc.assert(
      fc.asyncProperty(plannedScans, async ({ plan, scan }) => {
        const { data, shape } = decodeNpy(await writePlan('mask.npy', plan, scan));
        expect(shape).toEqual(scan.shape);
        const inside = (pixel: number) =>
          plan.regions.some(({ y, x, height, width }) => {
            const [row, column] = [Math.floor(pixel / scan.shape[1]), pixel % scan.shape[1]];
            return row >= y && row < y + height && column >= x && column < x + width;
          });
        expect([...data]).toEqual(Array.from(data, (_, pixel) => (inside(pixel) ? 1 : 0)));
      }),
    );
  });
});

describe('names of files', () => {
  it('say the format', () => {
    for (const name of PLAN_FORMATS) {
      expect(planFormatOf(name)).toBe(name);
      expect(planFormatOf(`anode.${name}`)).toBe(name);
    }
    for (const name of ['anode.csv', 'nion.json.txt', 'mynion.json', 'plan.json'])
      expect(planFormatOf(name)).toBeUndefined();
  });
});

describe('plan.json', () => {
  const file = (changes: Record<string, unknown> = {}) =>
    JSON.stringify({
      version: 1,
      scan: { id: 'a', name: 'anode', shape: [32, 32], pixelSizeNm: 2 },
      status: 'proposed',
      verdict: 'rescan',
      words: 'w',
      regions: [{ y: 1, x: 2, height: 3, width: 4, dwells: 2, gain: 5, reason: 'r', more: 1 }],
      ...changes,
    });

  it('gives its rectangles', () => {
    const { plan, scan } = parsePlanFile(file(), 'plan.json');
    expect(plan.regions).toEqual([
      { number: 1, y: 1, x: 2, height: 3, width: 4, dwells: 2, gain: 5, reason: 'r' },
    ]);
    expect(scan).toEqual({ id: 'a', name: 'anode', shape: [32, 32], pixelSizeNm: 2 });
  });

  it.each([
    ['{', 'plan.json: file: expected JSON'],
    [file({ version: 2 }), 'plan.json: version'],
    [file({ regions: [{ y: 30, x: 0, height: 3, width: 4, dwells: 1 }] }), 'found 3 × 4 at row 30, column 0'],
    [file({ regions: [{ y: 0, x: 0, height: 3, width: 4, dwells: 0 }] }), 'dwells'],
  ])('is refused by field: %s', (text, message) => {
    expect(() => parsePlanFile(text, 'plan.json')).toThrow(message);
  });
});
