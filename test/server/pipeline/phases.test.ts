import { expect, it } from 'vitest';
import { PHASES } from '../../../server/microscope/cross-sections.ts';
import { becomes, phaseScan, scorePhases } from '../../support/phase-scan.ts';

/** `npm run science -- phases` does the same with more seeds and pixels. */
it('finds the phases of the simulated anode, and a phase without references is one without a name', async () => {
  const { found, truth, without } = await phaseScan(1, 56, { landmarks: 500 });
  const { ari, judged } = scorePhases(found, truth);
  expect(ari).toBeGreaterThan(0.95);
  for (const name of PHASES) {
    const [share, own] = judged[name];
    expect(Math.abs(own - share), name).toBeLessThan(2);
  }
  for (const removed of PHASES)
    expect(becomes(without(removed), truth, removed).another, removed).toBeLessThan(0.02);
  const { phases } = found.table;
  const sic = phases.find(({ name }) => name === 'SiC');
  expect(sic).toMatchObject({ isNamed: true, edges: expect.arrayContaining(['Si-L']) });
  expect(sic?.thickness).toBeGreaterThan(0.2);
}, 120_000);
