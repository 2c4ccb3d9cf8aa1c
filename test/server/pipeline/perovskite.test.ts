import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type PairInformation, parseEdges } from '../../../protocol/index.ts';
import { contingency, mutualInformation } from '../../../server/analysis/information/information.ts';
import type { Monitor } from '../../../server/pipeline/monitor.ts';
import type { ScanRun } from '../../../server/pipeline/scan-run.ts';
import { watchPath } from '../../../server/sources/folders/directory.ts';
import { createMonitor, followToEnd } from '../../support/analyse.ts';
import { describeMeasured, measuredData } from '../../support/measured-data.ts';
import { oracle } from '../../support/oracle.ts';

const FILE = 'perovskite-STO-LMO/DMReader_SpectrumImage_SI-EELS.dm3';
const COLUMNS = 6;

/** Pixels of the rows [from, end). */
const rows = (...ranges: [number, number][]): number[] =>
  ranges.flatMap(([from, end]) =>
    Array.from({ length: (end - from) * COLUMNS }, (_, i) => from * COLUMNS + i),
  );
// The layer lies in rows 17–29; its edges are left out.
const LAYER = rows([19, 28]);
const OUTSIDE = rows([0, 15], [36, 49]);

describeMeasured('the measured SrTiO3 / LaMnO3 / SrTiO3 spectrum image', [FILE], () => {
  let folder: string;
  let monitor: Monitor;
  let run: ScanRun;
  let inScores: Monitor;
  const labels = (edge: string) => run.layers.edges.get(edge)?.labels ?? new Int16Array();

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'eelwatch-test-'));
    const copy = join(folder, 'scan.dm3');
    await copyFile(measuredData(FILE) as string, copy);
    // Ti falls gradually here: the plane (the default) divides the fall more finely than the scores do.
    monitor = createMonitor(parseEdges('Ti-L,O-K,La-M'), { live: false });
    inScores = createMonitor(parseEdges('Ti-L'), { live: false, classesIn: 'scores' });
    run = await followToEnd(monitor, watchPath(copy, { once: true }));
  });
  afterAll(async () => {
    await monitor?.close();
    await inScores?.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('has a detector with a gain far from one', () => {
    for (const edge of run.edges) {
      const { noise } = edge.model.calibration;
      expect(noise.channelGain).toBeGreaterThan(13);
      expect(noise.channelGain).toBeLessThan(25);
      expect(noise.gain).toBeGreaterThan(1.5 * noise.channelGain);
    }
  });

  /** Share of pixels that lie on the side of the layer's edge where most of their class lie. */
  function onTheirSide(map: Int16Array): number {
    const sides = new Map<number, [number, number]>();
    for (const [side, pixels] of [OUTSIDE, LAYER].entries())
      for (const pixel of pixels) {
        const votes = sides.get(map[pixel]) ?? [0, 0];
        votes[side]++;
        sides.set(map[pixel], votes);
      }
    const right = [...sides.values()].reduce((sum, votes) => sum + Math.max(...votes), 0);
    return right / (LAYER.length + OUTSIDE.length);
  }

  it('shows the layer in the Ti-L classes: 92 % of the pixels on their side', () => {
    expect(onTheirSide(labels('Ti-L'))).toBeGreaterThanOrEqual(0.92);
  });

  it('shows it in classes found in the scores, fewer and so a little less sharply', async () => {
    const other = await followToEnd(inScores, watchPath(join(folder, 'scan.dm3'), { once: true }));
    const share = onTheirSide(other.layers.edges.get('Ti-L')?.labels ?? new Int16Array());
    console.log(
      `Ti-L in the scores: ${share.toFixed(3)}, in the plane: ${onTheirSide(labels('Ti-L')).toFixed(3)}`,
    );
    expect(share).toBeGreaterThanOrEqual(0.91);
  });

  it('finds La-M in the layer and not outside', () => {
    const present = (pixels: number[]) =>
      pixels.filter((pixel) => labels('La-M')[pixel] >= 0).length / pixels.length;
    expect(present(LAYER)).toBeGreaterThanOrEqual(0.9);
    expect(1 - present(OUTSIDE)).toBeGreaterThanOrEqual(0.85);
  });

  it('measures at least 0.2 nats between Ti-L and La-M, as scikit-learn does on the same labels', () => {
    const fixture = oracle<{ titanium: number[]; lanthanum: number[]; mi: number }>('perovskite-labels');
    // The fixture holds the labels of this very analysis; when they change it has to be made again.
    expect([...labels('Ti-L')]).toEqual(fixture.titanium);
    expect([...labels('La-M')]).toEqual(fixture.lanthanum);
    const { mi } = mutualInformation(contingency(labels('Ti-L'), labels('La-M')));
    expect(mi).toBeCloseTo(fixture.mi, 12);
    expect((run.topics.get('information/Ti-L~La-M') as PairInformation).mi).toBe(mi);
    expect(mi).toBeGreaterThanOrEqual(0.2);
  });
});
