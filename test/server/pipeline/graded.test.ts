import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EnergyAxis, parseEdges } from '../../../protocol/index.ts';
import { createRippleWriter } from '../../../server/formats/text/ripple-writer.ts';
import { summarise } from '../../../server/pipeline/summary.ts';
import { watchPath } from '../../../server/sources/folders/directory.ts';
import { createMonitor, followToEnd } from '../../support/analyse.ts';
import { edgeShape, writeDetectorCube } from '../../support/detector-cube.ts';
import { liveEdge } from '../../support/live-edge.ts';

const SIDE = 14;
const CHANNELS = 400;
const ENERGY: EnergyAxis = { offset: 400, dispersion: 0.5, units: 'eV' };
const OXYGEN = parseEdges('O-K');
const column = (pixel: number) => (pixel % SIDE) / (SIDE - 1);
const row = (pixel: number) => Math.floor(pixel / SIDE) / (SIDE - 1);

/** Mean counts of a mixture of two oxides, `share` of the second one, of some thickness. */
const oxides = (ev: number, share: number, thickness = 1) =>
  20_000 * (ev / 400) ** -3 +
  1500 * thickness * ((1 - share) * edgeShape(ev, 532, 2, 1.2) + share * edgeShape(ev, 535, 1, 2.5));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'eelwatch-test-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface EdgeSummary {
  classes: number;
  graded: boolean;
  pixelsPerClass: number[];
  components: number;
}

async function summaryOf(path: string, options = {}): Promise<EdgeSummary> {
  const monitor = createMonitor(OXYGEN, { live: false, ...options });
  try {
    const run = await followToEnd(monitor, watchPath(path, { once: true }));
    return (summarise(run, 'test').edges as Record<string, EdgeSummary>)['O-K'];
  } finally {
    await monitor.close();
  }
}

const noisy = (name: string, mean: (ev: number, pixel: number) => number) =>
  writeDetectorCube(folder, name, { shape: [SIDE, SIDE], energy: ENERGY, channels: CHANNELS, mean, seed: 3 });

async function withoutNoise(name: string, mean: (ev: number, pixel: number) => number): Promise<string> {
  const stem = join(folder, name);
  const writer = await createRippleWriter(stem, {
    shape: [SIDE, SIDE],
    channels: CHANNELS,
    energy: ENERGY,
    dtype: 'f32',
  });
  const counts = Float32Array.from({ length: SIDE * SIDE * CHANNELS }, (_, at) =>
    mean(ENERGY.offset + ENERGY.dispersion * (at % CHANNELS), Math.floor(at / CHANNELS)),
  );
  await writer.append(new Uint8Array(counts.buffer));
  await writer.close();
  return `${stem}.rpl`;
}

describe.each(['embedding', 'scores'] as const)(
  'simulated mixtures of two oxides, classes in the %s',
  (classesIn) => {
    it('are graded where the mixture is a gradient, in few classes', async () => {
      const path = await noisy(`gradient-${classesIn}`, (ev, pixel) => oxides(ev, column(pixel)));
      const { graded, classes } = await summaryOf(path, { classesIn });
      expect(graded).toBe(true);
      expect(classes).toBe(2);
      const asked = await summaryOf(path, { classesIn, classes: 4 });
      expect([asked.graded, asked.classes]).toEqual([true, 4]);
    });

    it('are graded where thickness is a gradient too', async () => {
      const path = await noisy(`both-${classesIn}`, (ev, pixel) =>
        oxides(ev, column(pixel), 0.5 + row(pixel)),
      );
      const { graded, classes } = await summaryOf(path, { classesIn });
      expect(graded).toBe(true);
      expect(classes).toBeLessThanOrEqual(3);
    });

    it('are groups where there is one oxide or the other', async () => {
      const path = await noisy(`groups-${classesIn}`, (ev, pixel) => oxides(ev, Math.round(column(pixel))));
      const { graded, classes } = await summaryOf(path, { classesIn });
      expect([graded, classes]).toEqual([false, 2]);
    });

    it.each(['auto', 7] as const)(
      'have no more classes than spectra without noise, %s asked for',
      async (classes) => {
        for (const spectra of [1, 2, 3]) {
          const share = (pixel: number) => Math.floor(column(pixel) * 0.999 * spectra) / 3;
          const path = await withoutNoise(`${spectra}-${classesIn}-${classes}`, (ev, pixel) =>
            oxides(ev, share(pixel)),
          );
          const found = await summaryOf(path, { classesIn, classes });
          expect(found.classes).toBe(spectra);
          expect(found.components).toBe(1);
          expect(Math.min(...found.pixelsPerClass)).toBeGreaterThan(0);
          expect(found.graded).toBe(false);
        }
      },
    );
  },
);

it('numbers and colours stay with their pixels while another class becomes the largest', async () => {
  const side = 16;
  // Of the first rows three quarters are the first oxide, of the others one quarter.
  const first = (pixel: number) => pixel % side < (pixel < (side * side) / 2 ? 12 : 2);
  const path = await writeDetectorCube(folder, 'numbers', {
    shape: [side, side],
    energy: ENERGY,
    channels: CHANNELS,
    mean: (ev, pixel) => oxides(ev, first(pixel) ? 0 : 1),
    seed: 5,
  });
  const live = await liveEdge(path, OXYGEN[0], { classes: 2 });
  let names: { label: number; colour: number } | undefined;
  let revisions = 0;
  for (let y = 0; y < side; y++) {
    await live.row(y);
    const { classes, revision } = live.state;
    if (revision === 0) continue;
    revisions = revision;
    const label = live.maps.labels[0];
    const now = { label, colour: classes[label].colour };
    names ??= now;
    expect(now, `row ${y}`).toEqual(names);
  }
  const { classes } = live.state;
  expect(revisions).toBeGreaterThan(1);
  // The other class is the larger one by now, and has kept its number all the same.
  expect(names?.label).toBe(0);
  expect(classes[0].count).toBeLessThan(classes[1].count);
  await live.close();
});
