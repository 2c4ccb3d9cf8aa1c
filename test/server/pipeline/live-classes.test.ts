import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ClassEvent, parseEdges } from '../../../protocol/index.ts';
import { SteadyCount } from '../../../server/analysis/clustering/steady-count.ts';
import { fitUmap } from '../../../server/analysis/embedding/umap.ts';
import { edgeWindow } from '../../../server/analysis/windows/edge-window.ts';
import { openScanFile } from '../../../server/formats/formats.ts';
import { decodeNpy } from '../../../server/formats/numpy/numpy.ts';
import { openCube } from '../../../server/formats/reading/cube-reader.ts';
import { simulate } from '../../../server/microscope/simulate.ts';
import { churnOf, classEvents, QUIET_CHURN } from '../../../server/pipeline/edge/class-events.ts';
import { learnClasses } from '../../../server/pipeline/edge/class-learning.ts';
import { EdgeLearner } from '../../../server/pipeline/edge/edge-learner.ts';
import { showMaps } from '../../../server/pipeline/edge/edge-maps.ts';
import { emptyMaps } from '../../../server/pipeline/edge/edge-protocol.ts';
import type { LearnedModel } from '../../../server/pipeline/edge/learner.ts';
import { LiveModel } from '../../../server/pipeline/edge/live-model.ts';
import { ANALYSIS_DEFAULTS } from '../../../server/pipeline/options.ts';
import { liveEdge } from '../../support/live-edge.ts';
import { EDGE, mixed, SIDE, twoPhases } from '../../support/rare-phase.ts';
import { writeCube } from '../../support/synthetic-cube.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'eelwatch-test-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('classes of the simulated anode, row by row', () => {
  it.each([1, 2])(
    'follow the phases and do not flicker, seed %d',
    async (seed) => {
      const side = 56;
      await simulate(folder, { shape: [side, side], seed, lowLoss: false });
      const truth = Array.from(
        decodeNpy(await readFile(join(folder, 'simulated-anode.truth', 'Si-L.npy')))
          .data as ArrayLike<number>,
      );
      const live = await liveEdge(join(folder, 'simulated-anode.rpl'), parseEdges('Si-L')[0]);
      const churn: number[] = [];
      const retired = new Set<number>();
      const told: ClassEvent[] = [];
      const counts: number[] = [];
      let before = { labels: live.maps.labels.slice(), colours: [] as number[] };
      for (let row = 0; row < side; row++) {
        const known = told.length;
        await live.row(row);
        const { state } = live;
        for (const event of state.events ?? [])
          if (!told.some((one) => JSON.stringify(one) === JSON.stringify(event))) told.push(event);
        const now = { labels: live.maps.labels.slice(), colours: state.classes.map(({ colour }) => colour) };
        if (before.colours.length > 0) {
          const change = churnOf(before, now);
          churn.push(change);
          const announced = told.slice(known).some(({ kind }) => kind === 're-learning');
          expect(change > QUIET_CHURN && !announced, `row ${row} changes without a word`).toBe(false);
        }
        for (const colour of before.colours) if (!now.colours.includes(colour)) retired.add(colour);
        for (const colour of now.colours)
          expect(retired.has(colour), `identity ${colour} is back`).toBe(false);
        before = now;
        counts.push(now.colours.length);
        if ((row + 1) % (side / 4) > 0) continue;
        // Phases that at least one in fifty of the pixels with the edge shows.
        const seen = truth.slice(0, (row + 1) * side).filter((phase) => phase >= 0);
        const phases = [...new Set(seen)].filter(
          (phase) => seen.filter((one) => one === phase).length >= seen.length / 50,
        );
        console.log(
          `seed ${seed}, ${(100 * (row + 1)) / side} %: ${now.colours.length} classes, ${phases.length} phases`,
        );
        if (row > side / 2) expect(now.colours.length).toBeGreaterThanOrEqual(phases.length);
      }
      await live.close();
      churn.sort((a, b) => a - b);
      expect(churn[churn.length >> 1]).toBeLessThanOrEqual(0.01);
      const changes = counts.filter((count, i) => i > 0 && counts[i - 1] > 0 && count !== counts[i - 1]);
      expect(changes.length).toBeLessThanOrEqual(8);
    },
    60_000,
  );
});

describe('the numbers of classes', () => {
  it('stay with their pixels when another class becomes the largest, until the final fit', async () => {
    const half = (SIDE * SIDE) / 2;
    // The left phase has most pixels of the upper half, and few of the lower one.
    const isLeft = (pixel: number) => pixel % SIDE < (pixel < half ? 0.6 : 0.1) * SIDE;
    const path = await writeCube(folder, 'swap', [SIDE, SIDE], twoPhases(isLeft, 6));
    const { scan, core } = await openScanFile(path);
    const reader = await openCube(core);
    const maps = emptyMaps(SIDE * SIDE);
    const measured = new Uint8Array(SIDE * SIDE).fill(1, 0, half);
    const options = { ...ANALYSIS_DEFAULTS, edges: [EDGE], landmarks: 300, classes: 2 };
    const learner = new EdgeLearner({ edge: EDGE, scan, options, maps, measured }, reader);
    const learn = async (canonical: boolean, shown?: LearnedModel['model']) => {
      const task = { canonical, ...(shown && { shown }), count: { dissenting: [] } };
      const learned = await learner.fit(task, new AbortController().signal);
      showMaps(maps, learned.maps);
      return learned.model;
    };
    const labels = (expected: (pixel: number) => number) =>
      maps.labels.slice(0, half).filter((label, pixel) => label === expected(pixel)).length / half;
    const byLeft = (pixel: number) => (isLeft(pixel) ? 0 : 1);
    const first = await learn(false);
    expect(labels(byLeft)).toBeGreaterThan(0.99);
    measured.fill(1);
    const second = await learn(false, first);
    expect(labels(byLeft)).toBeGreaterThan(0.99);
    expect(second.colours).toEqual(first.colours);
    await learn(true, second);
    await reader.close();
    expect(labels((pixel) => 1 - byLeft(pixel))).toBeGreaterThan(0.99);
  });
});

describe('a class of next to no pixels', () => {
  it('is merged after five refits, and its colour is retired', async () => {
    const path = await writeCube(folder, 'two', [SIDE, SIDE], mixed(new Set(), 4));
    const { scan, core } = await openScanFile(path);
    const reader = await openCube(core);
    const maps = emptyMaps(SIDE * SIDE);
    const options = { ...ANALYSIS_DEFAULTS, edges: [EDGE], landmarks: 300, classes: 2 };
    const input = { edge: EDGE, scan, options, maps, measured: new Uint8Array(SIDE * SIDE).fill(1) };
    const learner = new EdgeLearner(input, reader, {
      fitEmbedding: (scores, dimension, start, umap) =>
        fitUmap(scores, dimension, start, { ...umap, epochs: 5 }),
    });
    const task = { canonical: false, count: { dissenting: [] } };
    const fitted = await learner.fit(task, new AbortController().signal);
    await reader.close();
    showMaps(maps, fitted.maps);
    // One pixel far from all others, with a centre of its own.
    maps.embedding.fill(1e4, 0, 2);
    maps.labels[0] = 2;
    const { model } = fitted;
    model.fit.centres = Float64Array.of(...model.fit.centres, 1e4, 1e4);
    Object.assign(model, { colours: [0, 1, 2], unusedColour: 3, nearlyEmpty: [0, 0, 0] });
    const live = new LiveModel(model, edgeWindow(EDGE, scan.energy, scan.channels));
    const refit = () => {
      const count = new SteadyCount({ shown: 2, dissenting: [] });
      const change = learnClasses(model, maps, count, { classes: 'auto', seed: 1 });
      if (change) live.adopt(change.classes, maps, new Set());
      return change;
    };
    for (let times = 1; times < 5; times++) {
      expect(refit(), `refit ${times}`).toMatchObject({ renewed: false, events: [] });
      expect(model.counts[2]).toBe(1);
    }
    expect(refit()).toMatchObject({
      renewed: true,
      events: [{ kind: 'death', colour: 2, present: SIDE * SIDE }],
    });
    expect(model.colours.toSorted()).toEqual([0, 1]);
    expect(model.unusedColour).toBe(3);
    expect(new Set(maps.labels)).toEqual(new Set([0, 1]));
  });
});

describe('the number of classes on screen', () => {
  it('grows when two decisions in a row want more, and shrinks after four', () => {
    const count = new SteadyCount();
    expect(count.decide(3)).toBe(3);
    expect([5, 3, 5, 4].map((wanted) => count.decide(wanted))).toEqual([3, 3, 3, 4]);
    expect([2, 3, 2, 5, 2, 2, 2].map((wanted) => count.decide(wanted))).toEqual([4, 4, 4, 4, 4, 4, 4]);
    expect(count.decide(3)).toBe(3);
    count.show(6);
    expect(count.decide(7)).toBe(6);
    expect(count.shown).toBe(6);
  });
});

describe('what is told of classes', () => {
  it('is births, deaths and re-learnings, by identity and not by number', () => {
    const before = { labels: Int16Array.of(0, 0, 0, 1, 1, -1, -2), colours: [4, 2] };
    const renamed = { labels: Int16Array.of(1, 1, 1, 0, 0, 0, 1), colours: [2, 4] };
    expect(classEvents(before, renamed, 5)).toEqual([]);
    const other = { labels: Int16Array.of(0, 0, 0, 1, 0, 0, 0), colours: [4, 7] };
    expect(classEvents(before, other, 5)).toEqual([
      { kind: 'birth', colour: 7, present: 5 },
      { kind: 'death', colour: 2, present: 5 },
      { kind: 're-learning', churn: 0.4, present: 5 },
    ]);
  });
});
