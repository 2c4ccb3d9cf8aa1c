import { beforeAll, describe, expect, it } from 'vitest';
import { matchClasses } from '../../../server/analysis/references/reference-match.ts';
import { builtInReferences } from '../../../server/references/built-in.ts';
import { type NamedScan, namedScan, says } from '../../support/named-scan.ts';

/** Figures over more seeds, doses and calibration errors: `npm run science -- names`. */
describe.each([1, 2])('classes of the simulated anode, seed %i, 96 × 96 at the default dose', (seed) => {
  let scan: NamedScan;
  beforeAll(async () => {
    scan = await namedScan(seed, 'default');
  }, 120_000);

  it('are named by their phase, alone or with the one it overlaps', () => {
    for (const { match, phase, share } of scan.classes) {
      console.log(
        `${match.edge} ${match.label}: ${phase} in ${(100 * share).toFixed(0)} %; ${match.verdict} ` +
          `${match.best.phase} r ${match.best.score.toFixed(3)}, margin ${match.margin?.toFixed(2)}`,
      );
      // SiO2 is the only phase with a reference at O-K: that names nothing.
      if (match.edge === 'O-K')
        expect(match).toMatchObject({ verdict: 'only reference', best: { phase: 'SiO2' } });
      else expect(says(match, phase), `${match.edge} ${match.label}`).toBe(true);
    }
    const names = scan.classes.flatMap(({ match }) => match.best.phase.split(' + '));
    for (const phase of ['Si', 'SiO2', 'SiC', 'a-C']) expect(names).toContain(phase);
  });

  it('are not named by another phase when theirs has no reference', () => {
    for (const removed of ['Si', 'SiO2', 'SiC', 'a-C']) {
      const references = builtInReferences().filter(({ phase }) => phase !== removed);
      const found = matchClasses(
        scan.classes.map(({ spectrum }) => spectrum),
        references,
        { seed: 1, fwhmEv: scan.fwhmEv },
      );
      for (const match of found) {
        const truth = scan.classes.find(
          ({ spectrum }) => spectrum.edge.name === match.edge && spectrum.label === match.label,
        );
        if (truth?.phase === removed)
          expect(match.verdict, `${match.edge} ${match.label} without ${removed}`).not.toBe('match');
      }
    }
  });

  it('carry name, score and verdict in the state of their edge', () => {
    for (const { match } of scan.classes) {
      const state = scan.states
        .find(({ name }) => name === match.edge)
        ?.classes.find(({ label }) => label === match.label);
      const { verdict, best, second, margin } = match;
      expect(state).toMatchObject({ verdict, best: best.phase, score: best.score });
      expect(state?.name).toBe(verdict === 'match' ? best.phase : undefined);
      // The runner-up and the lead over it are part of every verdict.
      expect(state?.second).toEqual(second && { name: second.phase, score: second.score });
      expect(state?.margin).toBe(margin);
      expect(second === undefined).toBe(match.edge === 'O-K');
    }
  });

  it('share one small shift of the energy axis, at the resolution of the zero-loss peak', () => {
    expect(new Set(scan.classes.map(({ match }) => match.shiftEv)).size).toBe(1);
    expect(Math.abs(scan.classes[0].match.shiftEv)).toBeLessThanOrEqual(0.25);
    expect(scan.fwhmEv).toBeGreaterThan(0.85);
    expect(scan.fwhmEv).toBeLessThan(1.2);
  });
});
