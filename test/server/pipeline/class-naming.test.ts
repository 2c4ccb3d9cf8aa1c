import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EdgeState, type EnergyAxis, type Phases, parseEdges } from '../../../protocol/index.ts';
import { analysisOptions } from '../../../server/commands/analysis-options.ts';
import { parseCommandLine } from '../../../server/config.ts';
import { openScanFile } from '../../../server/formats/formats.ts';
import { simulate } from '../../../server/microscope/simulate.ts';
import type { AnalysisOptions } from '../../../server/pipeline/options.ts';
import type { ScanRun } from '../../../server/pipeline/scan-run.ts';
import { builtInReferences } from '../../../server/references/built-in.ts';
import { watchPath } from '../../../server/sources/folders/directory.ts';
import { createMonitor, followToEnd } from '../../support/analyse.ts';
import { inParts, until } from '../../support/scan-in-parts.ts';

describe('names of a scan', () => {
  let folder: string;
  let path: string;
  let energy: EnergyAxis;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'eelwatch-names-'));
    path = join(folder, 'simulated-anode.rpl');
    await simulate(folder, { shape: [48, 48], seed: 1, dose: 'high' });
    energy = (await openScanFile(path)).scan.energy;
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** The scan at its end, its axis reading `errorEv` too high. */
  async function named(options: Partial<AnalysisOptions>, errorEv = 0): Promise<ScanRun> {
    const monitor = createMonitor(parseEdges('Si-L,C-K'), {
      live: false,
      landmarks: 400,
      references: builtInReferences(),
      ...options,
    });
    try {
      const axis = { ...energy, offset: energy.offset + errorEv };
      const source = options.live
        ? inParts(await openScanFile(path), monitor, ({ edges, topics }) =>
            // Names and phases come while the scan runs as well.
            until(() => edges.every(({ matches }) => matches.length > 0) && topics.has('phases')),
          )
        : watchPath(path, { once: true, energy: axis });
      return await followToEnd(monitor, source);
    } finally {
      await monitor.close();
    }
  }

  const namesOf = (run: ScanRun) =>
    JSON.stringify(
      run.edges.map(({ edge, matches }) => {
        const { classes } = run.topics.get(`edge/${edge.name}`) as EdgeState;
        // Colour and place on the plane are a matter of display.
        return [edge.name, matches, classes.map(({ colour: _, centroid: __, ...said }) => said)];
      }),
    );

  const phasesOf = ({ topics, layers }: ScanRun) => {
    const { revision: _, epoch: __, ...table } = topics.get('phases') as Phases;
    return { table, map: [...layers.ofScan('phases')] };
  };

  it('and phases are the same at the end, byte for byte, whether anybody looked on or not', async () => {
    const headless = await named({});
    expect(headless.edges.flatMap(({ matches }) => matches).some(({ verdict }) => verdict === 'match')).toBe(
      true,
    );
    const live = await named({ live: true });
    expect(live.edges.every(({ revision }) => revision > 1)).toBe(true);
    expect(namesOf(live)).toBe(namesOf(headless));
    expect(phasesOf(live)).toEqual(phasesOf(headless));
    const { table, map } = phasesOf(headless);
    expect(table.phases.some(({ isNamed }) => isNamed)).toBe(true);
    for (const { number, count } of table.phases)
      expect(map.filter((one) => one === number)).toHaveLength(count);
  }, 120_000);

  it('stay away where the axis is off by more than its uncertainty allows, and come where it allows it', async () => {
    const shifts = (run: ScanRun) => run.edges.flatMap(({ matches }) => matches);
    const doubted = await named({}, 0.8);
    expect(
      doubted.warnings.filter((text) => text.includes('largest shift that is searched, +0.50 eV')),
    ).not.toEqual([]);
    const strict = shifts(doubted);
    for (const { shiftAtBound } of strict) expect(shiftAtBound).toBe(true);
    expect(strict.length).toBeGreaterThan(2);
    for (const { verdict } of strict) expect(verdict).not.toBe('match');
    const line = parseCommandLine(['watch', path, '--energy-sigma', '0.5']);
    if (line.kind !== 'run') throw new Error('not a command');
    const { calibrationSigmaEv } = analysisOptions(line.options, true, () => {});
    const lenient = shifts(await named({ calibrationSigmaEv }, 0.8));
    for (const { shiftAtBound } of lenient) expect(shiftAtBound).toBe(false);
    expect(lenient.some(({ verdict }) => verdict === 'match')).toBe(true);
    for (const { shiftEv } of lenient) expect(Math.abs(shiftEv - 0.8)).toBeLessThan(0.2);
  }, 120_000);
});
