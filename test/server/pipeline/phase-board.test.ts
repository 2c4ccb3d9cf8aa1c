import { afterEach, expect, it, vi } from 'vitest';
import { edgeAt, type Phases, type Scan } from '../../../protocol/index.ts';
import type { EdgeRun } from '../../../server/pipeline/edge/edge-run.ts';
import { PhaseBoard } from '../../../server/pipeline/phases/phase-board.ts';
import { ScanLayers } from '../../../server/pipeline/scan-layers.ts';
import { until } from '../../support/scan-in-parts.ts';

const SCAN: Scan = {
  id: 'halves',
  name: 'halves',
  shape: [4, 8],
  channels: 10,
  energy: { offset: 0, dispersion: 1, units: 'eV' },
  dtype: 'u16',
  pixelSizeNm: 2,
};

afterEach(() => vi.useRealTimers());

/** A board over Si-L, whose left half is class 0 and right half class 1, and C-K, which has no model yet. */
function boardOf({ names = {}, isCompared = true, revision = 1 }: Partial<Fitted>) {
  const edges = [edgeAt('Si-L', 99), edgeAt('C-K', 284)];
  const layers = new ScanLayers(SCAN, edges);
  const runs = edges.map((edge) => {
    const maps = layers.edges.get(edge.name);
    const isFitted = edge.name === 'Si-L' && revision > 0;
    if (isFitted)
      maps?.labels.forEach((_, pixel) => {
        maps.labels[pixel] = pixel % 8 < 4 ? 0 : 1;
        maps.intensity[pixel] = 100;
        maps.uncertainty[pixel] = 0;
      });
    const matches = Object.entries(isFitted ? names : {}).map(([label, phase]) => ({
      label: Number(label),
      verdict: 'match',
      best: { phase },
    }));
    return { edge, maps, revision: isFitted ? revision : 0, matches, isCompared } as unknown as EdgeRun;
  });
  const published: { phases: Omit<Phases, 'epoch'>; show: boolean }[] = [];
  const warnings: string[] = [];
  const board = new PhaseBoard({
    edges: () => runs,
    layers,
    scan: SCAN,
    hasReferences: true,
    hasThickness: () => false,
    live: true,
    now: () => 0,
    publish: (phases, show) => published.push({ phases, show }),
    warning: (message) => warnings.push(message),
  });
  return { board, layers, published, warnings };
}

interface Fitted {
  names: Record<number, string>;
  isCompared: boolean;
  revision: number;
}

/** Lets the board's pause pass. */
function pass(board: PhaseBoard): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  board.schedule();
  vi.advanceTimersByTime(60_000);
  vi.useRealTimers();
}

it('makes the map of the final maps with an edge that has no model undecided', async () => {
  const { board, layers, published } = boardOf({ names: { 0: 'SiC', 1: 'Si' } });
  board.finalise();
  await board.close();
  expect([...layers.ofScan('phases').subarray(0, 8)]).toEqual([1, 1, 1, 1, 0, 0, 0, 0]);
  expect(published).toHaveLength(1);
  expect(published[0]).toMatchObject({
    show: true,
    phases: {
      revision: 1,
      pixels: 32,
      absent: 0,
      phases: [
        { name: 'Si', confirmed: 1, count: 16, regions: 1, edges: ['Si-L'] },
        { name: 'SiC', confirmed: 0, undecided: 1, medianSizeNm: 4 * Math.sqrt(16 / Math.PI) },
      ],
    },
  });
});

it('does not ask for a place on the page while nothing is named, and makes nothing without a model', async () => {
  const unnamed = boardOf({});
  unnamed.board.finalise();
  expect(unnamed.published.map(({ show }) => show)).toEqual([false]);
  expect(unnamed.published[0].phases.phases.map(({ name }) => name)).toEqual([
    'Si-L phase A',
    'Si-L phase B',
  ]);
  const without = boardOf({ revision: 0 });
  without.board.finalise();
  expect(without.published).toEqual([]);
  await Promise.all([unnamed, without].map(({ board }) => board.close()));
});

it('makes the map in its thread while the scan runs', async () => {
  const { board, layers, published, warnings } = boardOf({ names: { 0: 'SiC' } });
  pass(board);
  await until(() => published.length > 0);
  await board.close();
  expect(warnings).toEqual([]);
  expect(published[0].phases.phases.map(({ name }) => name)).toEqual(['SiC', 'Si-L phase B']);
  expect([...layers.ofScan('phases').subarray(0, 8)]).toEqual([0, 0, 0, 0, 1, 1, 1, 1]);
});

it('waits for classes to be compared with references, and for a name', async () => {
  const boards = [boardOf({ names: { 0: 'SiC' }, isCompared: false }), boardOf({})];
  for (const { board } of boards) pass(board);
  await Promise.all(boards.map(({ board }) => board.close()));
  for (const { published } of boards) expect(published).toEqual([]);
});

it('is not disturbed by what changes once final maps are on their way', async () => {
  const { board, published } = boardOf({ names: { 0: 'SiC' } });
  board.expectFinal();
  pass(board);
  board.finalise();
  await board.close();
  expect(published).toHaveLength(1);
});
