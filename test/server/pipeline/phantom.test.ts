import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseEdges } from '../../../protocol/index.ts';
import { decodeNpy } from '../../../server/formats/numpy/numpy.ts';
import type { ScanRun } from '../../../server/pipeline/scan-run.ts';
import { adjustedRandIndex, mapToMajority } from '../../support/agreement.ts';
import { walkLive } from '../../support/live-walk.ts';

const EDGES = 'Si-L,C-K,O-K';
const SIDE = 128;
const PURE = 0.85;

interface Figures {
  ari: number;
  presence: number;
  classes: number;
  trueClasses: number;
}

/**
 * The simulated Si–C–O anode at the default dose, written as it grows and watched live. The scan stops at half until
 * the live maps have been judged.
 */
describe('the simulated anode, 128 × 128 at the default dose', () => {
  let folder: string;
  const half = new Map<string, Figures>();
  const whole = new Map<string, Figures>();

  async function figures(run: ScanRun, edge: string, pixels: number): Promise<Figures> {
    const truthOf = async (name: string) =>
      decodeNpy(await readFile(join(folder, 'simulated-anode.truth', `${name}.npy`))).data;
    const [purity, truth] = [await truthOf('purity'), await truthOf(edge)];
    const labels = run.layers.edges.get(edge)?.labels ?? new Int16Array();
    const pure = Array.from({ length: pixels }, (_, i) => i).filter((i) => Number(purity[i]) >= PURE);
    const found = pure.map((i) => labels[i]);
    const expected = pure.map((i) => Number(truth[i]));
    const present = pure.filter((_, i) => found[i] >= 0 === expected[i] >= 0).length;
    const result = {
      ari: adjustedRandIndex(mapToMajority(found, expected), expected),
      presence: present / pure.length,
      classes: new Set(found.filter((label) => label >= 0)).size,
      trueClasses: new Set(expected.filter((label) => label >= 0)).size,
    };
    console.log(
      `${edge} at ${pixels} pixels: majority-mapped ARI ${result.ari.toFixed(3)}, presence ${result.presence.toFixed(4)}, ` +
        `${result.classes} classes of ${result.trueClasses}, ${pure.length} pixels of one phase`,
    );
    return result;
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'eelwatch-test-'));
    await walkLive({
      folder,
      scan: { shape: [SIDE, SIDE], seed: 1 },
      edges: parseEdges(EDGES),
      stops: [SIDE / 2],
      judge: async (run, rows) => {
        const judged = rows === SIDE ? whole : half;
        for (const edge of EDGES.split(',')) judged.set(edge, await figures(run, edge, rows * SIDE));
      },
    });
  }, 240_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.each(EDGES.split(','))('%s: the final classes are those of the phases', (edge) => {
    const { ari, presence, classes, trueClasses } = whole.get(edge) as Figures;
    expect(ari).toBeGreaterThanOrEqual(0.85);
    expect(presence).toBeGreaterThanOrEqual(0.95);
    expect(classes).toBeLessThanOrEqual(3 * trueClasses);
  });

  it.each(EDGES.split(','))('%s: so are the live classes at half the scan', (edge) => {
    const { ari, classes, trueClasses } = half.get(edge) as Figures;
    expect(ari).toBeGreaterThanOrEqual(0.75);
    expect(classes).toBeLessThanOrEqual(3 * trueClasses);
  });
});
