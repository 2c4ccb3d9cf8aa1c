import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseEdge, pixelCount } from '../../../protocol/index.ts';
import { openScanFile } from '../../../server/formats/formats.ts';
import { openCube } from '../../../server/formats/reading/cube-reader.ts';
import { EdgeLearner, type EdgeLearnerInput } from '../../../server/pipeline/edge/edge-learner.ts';
import { type EdgeReport, emptyMaps } from '../../../server/pipeline/edge/edge-protocol.ts';
import type { FitTask, LearnedModel, Learner } from '../../../server/pipeline/edge/learner.ts';
import { LearnerHost } from '../../../server/pipeline/edge/learner-host.ts';
import { ANALYSIS_DEFAULTS } from '../../../server/pipeline/options.ts';
import { type LiveEdge, liveEdge } from '../../support/live-edge.ts';
import { EDGE, mixed, SIDE } from '../../support/rare-phase.ts';
import { writeCube } from '../../support/synthetic-cube.ts';

const CANONICAL: FitTask = { canonical: true, count: { dissenting: [] } };

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'eelwatch-test-'));
  path = await writeCube(folder, 'learned', [SIDE, SIDE], mixed(new Set(), 5));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('while a learner is busy', () => {
  let live: LiveEdge;
  afterEach(() => live.close());

  type Task = 'fit' | 'final fit' | 'classes' | 'sums';

  /** Scans rows until the learner is at a task, and keeps the answer back; the next row, and how to let it go on. */
  async function heldAt(held: Task) {
    const asked: Task[] = [];
    let release = () => {};
    let isHeld = false;
    const hold = async <T>(task: Task, signal: AbortSignal, work: () => Promise<T>): Promise<T> => {
      asked.push(task);
      const answer = await work();
      if (task === held && row >= 10 && !isHeld)
        await new Promise<void>((resolve, reject) => {
          release = resolve;
          signal.addEventListener('abort', () => reject(signal.reason));
          isHeld = true;
        });
      return answer;
    };
    const wrap = (learner: Learner): Learner => ({
      fit: (task, signal) =>
        hold(task.canonical ? 'final fit' : 'fit', signal, () => learner.fit(task, signal)),
      classes: (task, signal) => hold('classes', signal, () => learner.classes(task, signal)),
      sums: (task, signal) => hold('sums', signal, () => learner.sums(task, signal)),
    });
    let row = 0;
    live = await liveEdge(path, EDGE, { landmarks: 300 }, 5, wrap);
    while (!isHeld) {
      const rest = live.row(row++).then(() => true);
      while (!isHeld && !(await Promise.race([rest, turn(false)])));
    }
    return { asked, row, release: () => release() };
  }
  /** Rows [first, end) are measured and placed, whatever is being learned. */
  async function placed(first: number, end: number): Promise<void> {
    for (let row = first; row < end; row++) live.analyser.measured(row * SIDE, SIDE, 0);
    const last = (end - 1) * SIDE;
    while (live.maps.labels.subarray(last, last + SIDE).includes(-2)) await turn();
  }
  const labelsOf = (first: number, end: number) => live.maps.labels.slice(first * SIDE, end * SIDE);

  it.each(['fit', 'classes'] as const)('with %s, new rows have classes', async (busy) => {
    const { row, release } = await heldAt(busy);
    const { revision } = live.state;
    expect(revision).toBeGreaterThan(0);
    // Too few for the next refit to hide what this one has left out.
    await placed(row, row + 3);
    expect(live.state.revision).toBe(revision);
    expect(new Set(labelsOf(row, row + 3)).size).toBeGreaterThan(1);
    release();
    await live.analyser.idle();
    // By the new classes as well, those that came meanwhile included.
    const counts = live.state.classes.map(
      ({ label }) => live.maps.labels.filter((one) => one === label).length,
    );
    expect(live.state.classes.map(({ count }) => count)).toEqual(counts);
    expect(live.maps.labels.filter((label) => label >= -1)).toHaveLength((row + 3) * SIDE);
  });

  it('net counts of rows that come during the first fit stay on screen when its model comes', async () => {
    const late: { first: number; seen?: number } = { first: -1 };
    const wrap = (learner: Learner): Learner => ({
      fit: async (task, signal) => {
        const learned = await learner.fit(task, signal);
        if (late.first < 0) {
          late.first = learned.measured.findLastIndex((passes) => passes > 0) + 1;
          live.analyser.measured(late.first, SIDE, 0);
          while (Number.isNaN(live.maps.intensity[late.first])) await turn();
        }
        return learned;
      },
      classes: (task, signal) => learner.classes(task, signal),
      sums: (task, signal) => learner.sums(task, signal),
    });
    const watch = ({ type }: EdgeReport) => {
      // At the switch, before they are placed under the model.
      if (late.first >= 0 && type === 'maps' && live.maps.labels[0] > -2)
        late.seen ??= live.maps.intensity[late.first];
    };
    live = await liveEdge(path, EDGE, { landmarks: 300 }, 5, wrap, watch);
    for (let row = 0; late.first < 0; row++) await live.row(row);
    await live.analyser.idle();
    expect(late.seen).toBeGreaterThan(0);
  });

  it('other windows abandon a fit: what is on screen goes on, and the next model is in them', async () => {
    const { row } = await heldAt('fit');
    const { revision } = live.state;
    const labels = [...live.maps.labels];
    const other = parseEdge(
      `${EDGE.name}:${EDGE.onsetEv}:${EDGE.fitWindow.join('-')}:${EDGE.onsetEv}-${EDGE.signalWindow[1] - 5}`,
    );
    const { scan } = await openScanFile(path);
    live.retune(other, scan.energy);
    // Nothing vanishes; new rows are placed under the model at hand.
    expect([...live.maps.labels]).toEqual(labels);
    await live.analyser.idle();
    expect(live.state.revision).toBe(revision + 1);
    await live.row(row);
    await live.analyser.finalise();
    expect(live.warnings).toEqual([]);
    const direct = await liveEdge(path, other, { landmarks: 300 }, 5);
    for (let done = 0; done <= row; done++) direct.analyser.measured(done * SIDE, SIDE, 0);
    await direct.analyser.finalise();
    expect(live.maps).toEqual(direct.maps);
    await direct.close();
  });

  it('the end of the scan abandons a fit: the model on screen stays until the final one', async () => {
    const { asked, row } = await heldAt('fit');
    await placed(row, row + 1);
    const { revision } = live.state;
    await live.analyser.finalise();
    expect(asked.slice(-3)).toEqual(['fit', 'final fit', 'sums']);
    expect(live.state).toMatchObject({ revision: revision + 1, status: 'final' });
    expect(live.warnings).toEqual([]);
  });
});

describe('a fit', () => {
  it('places what is measured meanwhile under its own model', async () => {
    const { scan, core } = await openScanFile(path);
    const reader = await openCube(core);
    const measured = new Uint8Array(SIDE * SIDE).fill(1, 0, 20 * SIDE);
    const options = { ...ANALYSIS_DEFAULTS, edges: [EDGE], landmarks: 300 };
    const input = { edge: EDGE, scan, options, maps: emptyMaps(SIDE * SIDE), measured };
    let rows = 20;
    const fitEmbedding = (_scores: Float32Array, _dimension: number, start: Float32Array) => {
      measured.fill(1, 0, rows * SIDE);
      return start;
    };
    const learner = new EdgeLearner(input, reader, { fitEmbedding });
    const { signal } = new AbortController();
    const task = { ...CANONICAL, canonical: false };
    const { model: shown } = await learner.fit(task, signal);
    rows = 26;
    const { maps, measured: known, model, present } = await learner.fit({ ...task, shown }, signal);
    await reader.close();
    expect(present).toBe(20 * SIDE);
    expect([...known]).toEqual([...measured]);
    expect(maps.labels.filter((label) => label >= 0)).toHaveLength(26 * SIDE);
    expect(model.counts.reduce((sum, count) => sum + count)).toBe(26 * SIDE);
    // The phases lie side by side in the new rows as in the old ones.
    const old = maps.labels.subarray(19 * SIDE, 20 * SIDE);
    const late = maps.labels.subarray(24 * SIDE, 25 * SIDE);
    expect(late.filter((label, column) => label === old[column]).length).toBeGreaterThan(0.9 * SIDE);
  });
});

describe('the thread of a learner', () => {
  let host: LearnerHost;
  let input: EdgeLearnerInput;
  let warnings: string[];
  beforeEach(async () => {
    const { scan, core } = await openScanFile(path);
    const pixels = pixelCount(scan);
    const measured = new Uint8Array(new SharedArrayBuffer(pixels)).fill(1);
    const options = { ...ANALYSIS_DEFAULTS, edges: [EDGE], landmarks: 300 };
    input = { edge: EDGE, scan, options, maps: emptyMaps(pixels), measured };
    warnings = [];
    const shifts = new Float32Array(new SharedArrayBuffer(4 * pixels));
    host = new LearnerHost({ ...input, core, shifts }, (message) => warnings.push(message));
  });
  afterEach(() => host.close());

  const never = () => new AbortController().signal;
  async function withoutThread(): Promise<LearnedModel> {
    const { core } = await openScanFile(path);
    const reader = await openCube(core);
    try {
      return await new EdgeLearner(input, reader).fit(CANONICAL, never());
    } finally {
      await reader.close();
    }
  }

  it('that dies at work is started again, and does the same work', async () => {
    const fitting = host.fit(CANONICAL, never());
    await host.kill();
    const { maps, model } = await fitting;
    const expected = await withoutThread();
    expect(maps).toEqual(expected.maps);
    expect(model.fit.centres).toEqual(expected.model.fit.centres);
    expect(warnings.join()).toMatch(/^the thread has ended with code \d; started again \(1 of 3\)$/);
  });

  it('is given up when it dies again and again', async () => {
    const fitting = host.fit(CANONICAL, never());
    const lost = expect(fitting).rejects.toThrow('given up after 3 restarts');
    for (let deaths = 0; deaths < 4; deaths++) await host.kill();
    await lost;
    await expect(host.fit(CANONICAL, never())).rejects.toThrow('given up');
  });

  it('leaves work that is not wanted any more, and goes on with the next', async () => {
    const abort = new AbortController();
    const unwanted = host.fit(CANONICAL, abort.signal);
    abort.abort(new Error('not wanted'));
    await expect(unwanted).rejects.toThrow('not wanted');
    expect((await host.fit(CANONICAL, never())).present).toBe(SIDE * SIDE);
    expect(warnings).toEqual([]);
  });
});

it('nothing is kept of the pixels of a final model, and a scan that goes on gets one that learns at once', async () => {
  const asked: string[] = [];
  const kept: boolean[] = [];
  const live = await liveEdge(path, EDGE, { landmarks: 300 }, 5, (learner) => ({
    fit: async (task, signal) => {
      asked.push(task.canonical ? 'final fit' : 'fit');
      const learned = await learner.fit(task, signal);
      kept.push(task.shown?.memory !== undefined, learned.model.memory !== undefined);
      return learned;
    },
    classes: (task, signal) => {
      asked.push('classes');
      return learner.classes(task, signal);
    },
    sums: (task, signal) => learner.sums(task, signal),
  }));
  const half = SIDE / 2;
  for (let row = 0; row < half; row++) await live.row(row);
  asked.length = 0;
  kept.length = 0;
  await live.analyser.finalise();
  expect(asked).toEqual(['final fit']);
  expect(kept).toEqual([false, false]);
  await live.row(half);
  expect(asked).toEqual(['final fit', 'fit']);
  expect(kept.slice(2)).toEqual([false, true]);
  expect(live.maps.labels.subarray(half * SIDE, (half + 1) * SIDE)).not.toContain(-2);
  for (let row = half + 1; !asked.includes('classes') && row < SIDE; row++) await live.row(row);
  expect(asked).toContain('classes');
  expect(live.state.status).toBe('live');
  await live.close();
});
