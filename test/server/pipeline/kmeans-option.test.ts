import * as library from 'ml-kmeans';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { KmeansProgram } from '../../../server/analysis/clustering/kmeans-program.ts';
import { SteadyCount } from '../../../server/analysis/clustering/steady-count.ts';
import { fitSimulated } from '../../support/fitted-scan.ts';

vi.mock('ml-kmeans', async (original) => {
  const actual = await original<typeof library>();
  return { ...actual, kmeans: vi.fn(actual.kmeans) };
});
const calls = vi.mocked(library.kmeans).mock.calls;
beforeEach(() => {
  calls.length = 0;
});

/** Calls of ml-kmeans in a fit, of a first model or of the final maps. */
async function callsOf(kmeans: KmeansProgram, isFirst: boolean): Promise<number> {
  const first = isFirst && { count: new SteadyCount() };
  const options = { kmeans, classes: 2, landmarks: 50, ...first };
  await fitSimulated({ shape: [16, 16], dose: 'high' }, 'C-K', options);
  return calls.length;
}

describe('--kmeans', () => {
  it('auto has ml-kmeans find the classes of the first model of a live scan', async () => {
    expect(await callsOf('auto', true)).toBeGreaterThan(0);
  });

  it('auto leaves those of the final maps to the built-in program', async () => {
    expect(await callsOf('auto', false)).toBe(0);
  });

  it('ml-kmeans has it find those of the final maps', async () => {
    expect(await callsOf('ml-kmeans', false)).toBeGreaterThan(0);
  });
});
