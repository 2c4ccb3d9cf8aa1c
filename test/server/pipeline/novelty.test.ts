import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { noveltyLimit, noveltyScore } from '../../../server/analysis/clustering/novelty.ts';
import { chooseLandmarks } from '../../../server/analysis/embedding/landmarks.ts';
import { emptyMaps } from '../../../server/pipeline/edge/edge-protocol.ts';
import { RefitSchedule } from '../../../server/pipeline/edge/refit-schedule.ts';
import { type LiveEdge, liveEdge } from '../../support/live-edge.ts';
import { EDGE, LATE, mixed, SIDE } from '../../support/rare-phase.ts';
import { CHANNELS, writeCube } from '../../support/synthetic-cube.ts';

describe('novelty of a live scan', () => {
  let folder: string;
  let live: LiveEdge | undefined;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'eelwatch-test-'));
  });
  afterEach(async () => {
    await live?.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('marks a phase that comes late, and a hundredth of what is known already', async () => {
    const path = await writeCube(folder, 'late', [SIDE, SIDE], mixed(LATE, 1));
    live = await liveEdge(path, EDGE, { landmarks: 400 }, 5);
    for (let row = 0; row < SIDE - 4; row++) await live.row(row);
    const revision = live.state.revision;
    const before = live.maps.novelty.slice(0, (SIDE - 4) * SIDE);
    expect(before.filter((value) => value > 1).length / before.length).toBeLessThan(0.03);
    await live.row(SIDE - 4);
    expect(live.state.revision, 'too few pixels for a new model').toBe(revision);
    const novel = [...LATE].filter((pixel) => (live?.maps.novelty[pixel] ?? 0) > 1);
    expect(novel.length).toBe(4);
    await live.row(SIDE - 3);
    expect(live.state.revision, 'a twentieth of the last rows is novel').toBe(revision + 1);
  });

  it('brings a new model soon when a new phase fills the rows, and its pixels are then known', async () => {
    const half = SIDE / 2;
    const lower = new Set(Array.from({ length: SIDE * half }, (_, i) => SIDE * half + i));
    const path = await writeCube(folder, 'half', [SIDE, SIDE], mixed(lower, 2));
    live = await liveEdge(path, EDGE, { landmarks: 400 }, 5);
    for (let row = 0; row < half; row++) await live.row(row);
    const { revision, nextRefitAt } = live.state;
    for (let row = half; row < half + 4; row++) await live.row(row);
    expect(live.state.present).toBeLessThan(nextRefitAt ?? 0);
    expect(live.state.revision).toBeGreaterThan(revision);
    const known = live.maps.novelty.slice(SIDE * (half + 1), SIDE * (half + 4));
    expect(known.filter((value) => value > 1).length / known.length).toBeLessThan(0.1);
  });

  it('comes with a map of what is wrong with a background', async () => {
    const normal = mixed(new Set(), 3);
    const path = await writeCube(folder, 'flags', [12, 12], (pixel) =>
      pixel === 5 ? new Float32Array(CHANNELS) : normal(pixel),
    );
    live = await liveEdge(path, EDGE, { landmarks: 400 }, 5);
    for (let row = 0; row < 12; row++) await live.row(row);
    await live.analyser.finalise();
    expect(live.maps.flags[5]).toBe(1);
    expect(live.state.flags?.noSignal).toBe(1);
    expect([...live.maps.flags].every((bits, pixel) => pixel === 5 || bits === 0)).toBe(true);
  });
});

describe('noveltyScore', () => {
  it('does not count a landmark as its own company', () => {
    expect(noveltyScore(Float64Array.of(0, 2, 4), 1)).toBeCloseTo(3 / Math.SQRT2, 12);
    expect(noveltyScore(Float64Array.of(2, 4, 9), 1)).toBeCloseTo(3 / Math.SQRT2, 12);
  });

  it('is less for a noisy pixel, and its limit leaves out one landmark in a hundred', () => {
    const distances = Float64Array.of(3, 3, 3);
    expect(noveltyScore(distances, 8)).toBeCloseTo(1, 12);
    expect(noveltyScore(distances, Number.POSITIVE_INFINITY)).toBeLessThan(0.01);
    const values = Array.from({ length: 1000 }, (_, i) => i);
    expect(values.filter((value) => value > noveltyLimit(values)).length).toBeLessThanOrEqual(10);
  });
});

describe('landmarks of a refit', () => {
  it('take novel pixels first, up to a fifth', () => {
    const eligible = new Uint8Array(10_000).fill(1);
    const novel = new Uint8Array(10_000).fill(1, 9000);
    const share = (flags?: Uint8Array) => {
      const chosen = chooseLandmarks(eligible, [100, 100], 500, 1, flags);
      expect(new Set(chosen).size).toBe(500);
      return chosen.filter((pixel) => pixel >= 9000).length / 500;
    };
    expect(share()).toBeCloseTo(0.1, 1);
    expect(share(novel)).toBeGreaterThanOrEqual(0.2);
    expect(share(novel)).toBeLessThan(0.32);
    expect(share(new Uint8Array(10_000).fill(1, 9990))).toBeGreaterThanOrEqual(0.1);
  });
});

describe('the schedule of refits', () => {
  it('asks for one by growth, or earlier by novelty, but not at once again', () => {
    const maps = emptyMaps(10_000);
    maps.labels.fill(0);
    const schedule = new RefitSchedule([100, 100]);
    expect(schedule.fitDue(299)).toBe(false);
    expect(schedule.fitDue(300)).toBe(true);
    schedule.fitted(1000);
    maps.novelty.fill(0);
    schedule.placed(maps, 1000, 300);
    expect(schedule.fitDue(1300)).toBe(false);
    maps.novelty.fill(2, 1300, 1330);
    schedule.placed(maps, 1300, 100);
    expect(schedule.fitDue(1400)).toBe(true);
    expect(schedule.fitDue(1099)).toBe(false);
    schedule.fitted(1400);
    expect(schedule.fitDue(1600)).toBe(false);
    // Novelty of more than three rows ago is forgotten.
    schedule.placed(maps, 1300, 100);
    schedule.placed(maps, 1400, 300);
    expect(schedule.fitDue(1800)).toBe(false);
    expect(schedule.fitDue(schedule.next)).toBe(true);
  });
});
