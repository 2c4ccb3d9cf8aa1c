import { expect, it } from 'vitest';
import type { PairInformation, Scan } from '../../../protocol/index.ts';
import { edgeAt } from '../../../protocol/index.ts';
import type { EdgeRun } from '../../../server/pipeline/edge/edge-run.ts';
import { InformationBoard } from '../../../server/pipeline/information/information-board.ts';
import { ScanLayers } from '../../../server/pipeline/scan-layers.ts';
import { until } from '../../support/scan-in-parts.ts';

const SIDE = 32;

/** A board over two edges whose class maps are squares of 4 pixels, alike in half of them. */
function boardOf(revisions: [number, number]) {
  const scan: Scan = {
    id: 'squares',
    name: 'squares',
    shape: [SIDE, SIDE],
    channels: 10,
    energy: { offset: 0, dispersion: 1, units: 'eV' },
    dtype: 'u16',
  };
  const edges = [edgeAt('Si-L', 99), edgeAt('O-K', 532)];
  const layers = new ScanLayers(scan, edges);
  const runs = edges.map((edge, k) => {
    const maps = layers.edges.get(edge.name);
    maps?.labels.forEach((_, i) => {
      const square = 7 * Math.floor(i / SIDE / 4) + 3 * Math.floor((i % SIDE) / 4);
      maps.labels[i] = (square * (k === 0 || square % 2 ? 5 : 11)) % 3;
    });
    return { edge, maps, revision: revisions[k] } as unknown as EdgeRun;
  });
  const published: { information: Omit<PairInformation, 'epoch'>; layers: number[] }[] = [];
  const faults: string[] = [];
  const warnings: string[] = [];
  const board = new InformationBoard({
    edges: () => runs,
    layers,
    scan,
    now: () => performance.now(),
    publish: (information, shown) => published.push({ information, layers: shown }),
    warning: (message) => warnings.push(message),
    failed: (message) => faults.push(message),
  });
  return { board, layers, runs, published, faults, warnings };
}

it('publishes the information of the final maps before it says that it is done', async () => {
  const { board, layers, published, faults } = boardOf([2, 3]);
  board.schedule();
  await board.finalise();
  await board.close();
  expect(faults).toEqual([]);
  const last = published.at(-1);
  expect(last?.information).toMatchObject({ a: 'Si-L', b: 'O-K', revisions: [2, 3], pixels: SIDE * SIDE });
  const pair = layers.ofPair('Si-L', 'O-K');
  expect(last?.layers).toEqual([pair?.pointwise.layer.id, pair?.local.layer.id]);
  const mean = (pair?.pointwise.data.reduce((sum, value) => sum + value, 0) ?? 0) / SIDE ** 2;
  expect(mean).toBeCloseTo(last?.information.mi ?? Number.NaN, 5);
  expect(pair?.local.data.some((value) => value >= 0)).toBe(true);
});

it('computes a pair when both maps are final, and not again when the others are', async () => {
  const { board, layers, runs, published, faults } = boardOf([2, 3]);
  board.expectFinal();
  // What is not final is not looked at any more.
  board.schedule();
  board.addFinal('Si-L');
  expect(published).toEqual([]);
  board.addFinal('O-K');
  await until(() => published.length > 0);
  await board.finalise();
  expect(published).toHaveLength(1);
  // The scan went on, and has ended again.
  board.goOn();
  board.expectFinal();
  layers.edges.get('O-K')?.labels.fill(0, 0, 5 * SIDE);
  runs[1].revision++;
  for (const edge of ['Si-L', 'O-K']) board.addFinal(edge);
  await board.finalise();
  await board.close();
  expect(published).toHaveLength(2);
  expect(published[1].information.revisions).toEqual([2, 4]);
  expect(published[1].information.mi).not.toBe(published[0].information.mi);
  expect(faults).toEqual([]);
});

it('has nothing to wait for where an edge has no model, nor after it was closed', async () => {
  const { board, published } = boardOf([2, 0]);
  await board.finalise();
  await board.close();
  const closed = boardOf([1, 1]);
  await closed.board.close();
  await closed.board.finalise();
  expect([...published, ...closed.published]).toEqual([]);
});

it('asks again when its thread has died', async () => {
  const { board, published, faults, warnings } = boardOf([1, 1]);
  const done = board.finalise();
  await board.kill();
  await done;
  expect(published).toHaveLength(1);
  expect(faults).toEqual([]);
  expect(warnings).toEqual([expect.stringContaining('started again (1 of 3)')]);
  await board.close();
});

it('does not keep the scan waiting when its thread dies again and again', async () => {
  const { board, published, faults, warnings } = boardOf([1, 1]);
  const done = board.finalise();
  for (let deaths = 0; deaths < 4; deaths++) await board.kill();
  await done;
  expect(published).toEqual([]);
  expect(warnings).toHaveLength(3);
  expect(faults).toEqual([expect.stringContaining('given up after 3 restarts')]);
  await board.finalise();
  await board.close();
});
