import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { pixelCount } from '../../../protocol/index.ts';
import type { Monitor } from '../../../server/pipeline/monitor.ts';
import type { AnalysisOptions } from '../../../server/pipeline/options.ts';
import type { ScanRun } from '../../../server/pipeline/scan-run.ts';
import type { ScanOpening, SourceEvent } from '../../../server/sources/source.ts';
import { adjustedRandIndex } from '../../support/agreement.ts';
import { createMonitor, followToEnd, mapBytes } from '../../support/analyse.ts';
import { EDGE, exposedScan, SIDE } from '../../support/exposed-phases.ts';

let folder: string;
const monitors: Monitor[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'eelwatch-exposure-'));
});
afterEach(async () => {
  for (const made of monitors.splice(0)) await made.close();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function analysed(
  opening: ScanOpening,
  options: Partial<AnalysisOptions> = {},
  before: SourceEvent[] = [],
): Promise<ScanRun> {
  const monitor = createMonitor([EDGE], { live: false, ...options });
  monitors.push(monitor);
  return followToEnd(monitor, {
    description: 'file',
    async *events() {
      yield { type: 'scan', opening };
      yield* before;
      yield { type: 'measured', first: 0, count: pixelCount(opening.scan), pass: 0 };
      yield { type: 'end', status: 'complete' };
    },
  });
}

const labelsOf = (run: ScanRun): number[] => Array.from(run.layers.edges.get('Ti-L')?.labels ?? []);
const mean = (values: ArrayLike<number>, isIn: (pixel: number) => boolean): number => {
  const own = Array.from(values).filter((_, pixel) => isIn(pixel));
  return own.reduce((sum, value) => sum + value, 0) / own.length;
};
const isRescanned = (pixel: number) => pixel % SIDE >= SIDE / 2;

describe('a scan whose right half is exposed for longer', () => {
  it.each([
    ['embedding', 3],
    ['embedding', 15],
    ['scores', 3],
    ['scores', 15],
  ] as const)(
    'is one class where it is one phase: classes in the %s, %i dwells more',
    async (classesIn, dwells) => {
      const one = { folder, dose: 150, phase: () => 0, dwells };
      const run = await analysed(await exposedScan({ ...one, name: `one-${classesIn}-${dwells}`, seed: 1 }), {
        classesIn,
      });
      expect(new Set(labelsOf(run))).toEqual(new Set([0]));
    },
  );

  it.each(['embedding', 'scores'] as const)(
    'keeps its phases, and finds them no worse, in the %s',
    async (classesIn) => {
      const phase = (row: number, column: number) => Math.floor((row + column / 2) / 20) % 3;
      const truth = Array.from({ length: SIDE * SIDE }, (_, p) => phase(Math.floor(p / SIDE), p % SIDE));
      for (const seed of [1, 2]) {
        const scan = { folder, dose: 15, phase, seed };
        const ari = async (dwells: number | undefined) => {
          const name = `phases-${classesIn}-${dwells}-${seed}`;
          const run = await analysed(await exposedScan({ ...scan, name, ...(dwells && { dwells }) }), {
            classesIn,
          });
          return adjustedRandIndex(labelsOf(run), truth);
        };
        const [before, after] = [await ari(undefined), await ari(8)];
        console.log(
          `${classesIn}, seed ${seed}: ARI ${before.toFixed(3)} in one pass, ${after.toFixed(3)} with the rescan`,
        );
        expect(after).toBeGreaterThan(before - 0.01);
      }
    },
  );

  it('has its maps per dwell of the first pass, and its class spectra too', async () => {
    const opening = await exposedScan({
      folder,
      name: 'maps',
      dose: 300,
      phase: () => 1,
      dwells: 4,
      seed: 5,
    });
    const run = await analysed(opening, { classes: 1, landmarks: 300 });
    const { counts } = run.layers.survey;
    const { intensity, snr } = run.layers.edges.get('Ti-L') as NonNullable<
      ReturnType<typeof run.layers.edges.get>
    >;
    const ratio = (map: ArrayLike<number>) =>
      mean(map, isRescanned) / mean(map, (pixel) => !isRescanned(pixel));
    expect(ratio(counts)).toBeCloseTo(1, 2);
    expect(ratio(intensity)).toBeCloseTo(1, 1);
    // Five times the counts tell an edge √5 times as well; somewhat less where the exponent is known from the scan already.
    expect(ratio(snr)).toBeLessThan(Math.sqrt(5) * 1.02);
    expect(ratio(snr)).toBeGreaterThan(0.85 * Math.sqrt(5));
    const spectra = run.edges[0].classSpectra?.topic.spectra[0];
    const once = await analysed(
      await exposedScan({ folder, name: 'maps-once', dose: 300, phase: () => 1, seed: 6 }),
      { classes: 1, landmarks: 300 },
    );
    const expected = once.edges[0].classSpectra?.topic.spectra[0];
    const total = (values: readonly number[] = []) => values.reduce((sum, value) => sum + value, 0);
    expect(total(spectra?.mean) / total(expected?.mean)).toBeCloseTo(1, 1);
    expect(run.edges[0].model.calibration.noise.gain).toBeCloseTo(1, 1);
    expect(run.message.layers.map(({ kind }) => kind)).toContain('exposure');
    expect(once.message.layers.map(({ kind }) => kind)).not.toContain('exposure');
  });

  it('is told of where the spectrum of a class changes with the dose, and of nothing where none does', async () => {
    const phase = (row: number) => (row < SIDE / 2 ? 1 : 2);
    const scan = { folder, dose: 300, phase, dwells: 2 };
    const found = async (name: string, damage: number) => {
      const run = await analysed(await exposedScan({ ...scan, name, damage, seed: 9 }), { classes: 2 });
      const { damage: classes } = run.edges[0];
      // Which of the two it is by its first pixel.
      const damaged = labelsOf(run)[0];
      return { run, classes, damaged: classes.find(({ label }) => label === damaged) };
    };
    const { run, classes, damaged } = await found('damaged', 0.7);
    expect(classes.map(({ pixels }) => pixels)).toEqual([400, 400]);
    expect(classes.filter(({ changed }) => changed).length).toBe(1);
    expect(damaged).toMatchObject({ changed: true });
    expect(damaged?.slope?.slope).toBeLessThan(-3 * (damaged?.slope?.sigma ?? 0));
    const energy = 350 + 0.5 * ((run.edges[0].model.window.firstChannel ?? 0) + (damaged?.channel ?? 0));
    expect(energy).toBeGreaterThan(456);
    expect(energy).toBeLessThan(466);
    const warning = run.warnings.find((text) => text.includes('changed between the passes'));
    expect(warning).toMatch(/Ti-L: class \d changed between the passes: −\d.* % at 4\d\d\.\d eV/);

    const whole = await found('whole', 1);
    expect(whole.classes.map(({ chiSquared }) => chiSquared < 1.5)).toEqual([true, true]);
    expect(whole.run.warnings.filter((text) => text.includes('changed between'))).toEqual([]);
  });
});

describe('dwell times that are pushed with the spectra', () => {
  const dwellOf = (pixel: number) => (isRescanned(pixel) ? 0.02 : 0.01);
  const pushed = (of: (pixel: number) => number): SourceEvent[] => [
    {
      type: 'channel',
      name: 'dwell',
      first: 0,
      values: Float32Array.from({ length: SIDE * SIDE }, (_, p) => of(p)),
    },
  ];

  it('are exposures of the first pass, by the median or the dwell time that the scan names', async () => {
    const opening = await exposedScan({ folder, name: 'pushed', dose: 200, phase: () => 0, seed: 3 });
    const named = { ...opening, scan: { ...opening.scan, dwellSeconds: 0.02 } };
    const even = mapBytes(await analysed(opening, { landmarks: 300 }));
    const run = await analysed(named, { landmarks: 300 }, pushed(dwellOf));
    expect(new Set(run.layers.exposure)).toEqual(new Set([0.5, 1]));
    const { counts } = run.layers.survey;
    // Both halves hold the same counts, taken in half the time in the left one.
    expect(mean(counts, (pixel) => !isRescanned(pixel)) / mean(counts, isRescanned)).toBeCloseTo(2, 1);
    // Those that are alike but for their jitter change nothing, whatever their unit.
    const jitter = mapBytes(
      await analysed(
        opening,
        { landmarks: 300 },
        pushed((pixel) => 10 + 0.01 * (pixel % 7)),
      ),
    );
    for (const [name, bytes] of even) expect(jitter.get(name)?.equals(bytes), name).toBe(true);
  });
});
