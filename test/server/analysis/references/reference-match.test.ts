import { describe, expect, it } from 'vitest';
import { parseEdge } from '../../../../protocol/index.ts';
import { zeroLossWidth } from '../../../../server/analysis/low-loss/zero-loss-width.ts';
import { createRandom } from '../../../../server/analysis/math/random.ts';
import type { ClassSpectrum } from '../../../../server/analysis/references/class-window.ts';
import {
  type NamedEdge,
  withoutContradictions,
} from '../../../../server/analysis/references/edge-agreement.ts';
import {
  type ClassMatch,
  matchClasses,
  shiftTolerance,
} from '../../../../server/analysis/references/reference-match.ts';
import {
  cubicSpline,
  ReferenceShape,
  type ReferenceSpectrum,
} from '../../../../server/analysis/references/reference-shape.ts';
import { builtInReferences } from '../../../../server/references/built-in.ts';

const REFERENCES = builtInReferences();
const SHAPES = new Map(
  REFERENCES.map((one) => [`${one.phase} ${one.edge}`, new ReferenceShape(one)] as const),
);

/** Noisy sum of one class: power law and shares of references, the axis reading `shiftEv` too high. */
function observed(
  edgeName: string,
  shares: Record<string, number>,
  { counts = 1e5, shiftEv = 0, label = 0, seed = 1 } = {},
): ClassSpectrum {
  const edge = parseEdge(edgeName);
  const dispersionEv = 0.6;
  const offsetEv = edge.fitWindow[0];
  const channels = Math.floor((edge.signalWindow[1] - offsetEv) / dispersionEv);
  const random = createRandom(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const raw = new Float64Array(channels);
  const net = new Float64Array(channels);
  for (let i = 0; i < channels; i++) {
    const energy = offsetEv + i * dispersionEv;
    const background = counts * (energy / edge.onsetEv) ** -3;
    let signal = 0;
    for (const [phase, share] of Object.entries(shares))
      signal +=
        counts * share * (SHAPES.get(`${phase} ${edgeName}`)?.mean(energy - shiftEv, dispersionEv) ?? 0);
    const noise = Math.sqrt(background + signal) * normal();
    raw[i] = background + signal + noise;
    net[i] = signal + noise;
  }
  return { edge, label, pixels: 100, offsetEv, dispersionEv, net, raw, gain: 1 };
}

const all = (options: Parameters<typeof observed>[2] = {}) => [
  observed('Si-L', { Si: 1 }, { ...options, label: 0 }),
  observed('Si-L', { SiO2: 1 }, { ...options, label: 1 }),
  observed('Si-L', { SiC: 1 }, { ...options, label: 2 }),
  observed('C-K', { 'a-C': 1 }, { ...options, label: 0 }),
  observed('C-K', { SiC: 1 }, { ...options, label: 1 }),
  observed('O-K', { SiO2: 1 }, { ...options, label: 0 }),
];
const PHASES = ['Si', 'SiO2', 'SiC', 'a-C', 'SiC', 'SiO2'];
const without = (phase: string) => REFERENCES.filter((one) => one.phase !== phase);

describe('classes are named by references', () => {
  it('names each phase, and finds the one shift of the axis', () => {
    for (const shiftEv of [-0.4, 0, 0.3]) {
      const found = matchClasses(all({ shiftEv }), REFERENCES, { seed: 1 });
      // At O-K there is nothing but SiO2 to be like.
      expect(found.map(({ verdict }) => verdict)).toEqual([...Array(5).fill('match'), 'only reference']);
      expect(found.map(({ best }) => best.phase)).toEqual(PHASES);
      for (const one of found) expect(one.shiftEv).toBeCloseTo(shiftEv, 1);
      expect(new Set(found.map((one) => one.shiftEv)).size).toBe(1);
      for (const { margin, marginInterval } of found.slice(0, 5)) {
        expect(margin).toBeGreaterThan(marginInterval?.[0] ?? Number.NaN);
        expect(margin).toBeLessThan(marginInterval?.[1] ?? Number.NaN);
      }
    }
  });

  it('gives no other name to a phase that has no reference', () => {
    for (const phase of new Set(PHASES)) {
      const found = matchClasses(all(), without(phase), { seed: 1 });
      for (const one of found) {
        const truth = PHASES[all().findIndex((c) => c.edge.name === one.edge && c.label === one.label)];
        if (truth === phase) expect(one.verdict, `${phase} at ${one.edge}`).not.toBe('match');
        else expect(one.best.phase).toBe(truth);
      }
    }
  });

  it('says two phases where two overlap, the one with more counts first', () => {
    const [, mixed] = matchClasses(
      [observed('Si-L', { Si: 1 }), observed('Si-L', { Si: 0.7, SiO2: 0.3 }, { label: 1 })],
      REFERENCES,
      { seed: 1 },
    );
    expect(mixed).toMatchObject({ verdict: 'match', best: { phase: 'Si + SiO2' } });
  });

  it('names nothing by the only reference of an edge, whatever the correlation', () => {
    for (const counts of [1e4, 1e6, 1e8]) {
      const [found] = matchClasses([observed('O-K', { SiO2: 1 }, { counts })], REFERENCES, { seed: 1 });
      expect(found).toMatchObject({ verdict: 'only reference', best: { phase: 'SiO2' } });
      expect(found.best.score).toBeGreaterThan(0.97);
      expect(found.note).toContain('no other phase has a reference');
      expect(found.second).toBeUndefined();
    }
  });

  it('asks for more where few phases are known: another may be as much alike as these two are', () => {
    const two = REFERENCES.filter(({ edge, phase }) => edge === 'C-K' && phase !== 'SiC');
    const own = SHAPES.get('a-C C-K');
    if (!own) throw new Error('no reference');
    // A peak that a-C does not have, so high that the correlation is about 0.96.
    const other: ReferenceSpectrum = {
      ...two[0],
      phase: 'other',
      values: two[0].values.map((value, i) => value + 0.09 * peak(two[0].startEv + i * two[0].stepEv)),
    };
    const far: ReferenceSpectrum = { ...two[0], phase: 'far', values: two[0].values.toReversed() };
    const unknown = { ...observed('C-K', {}, { counts: 1e6 }) };
    const shape = new ReferenceShape(other);
    unknown.net = Float64Array.from(
      unknown.net,
      (noise, i) => noise + 1e6 * shape.mean(unknown.offsetEv + 0.6 * i, 0.6),
    );
    const [few] = matchClasses([unknown], [two[0], far], { seed: 1 });
    expect(few.best.phase).toBe('a-C');
    expect(few.best.score).toBeGreaterThan(0.94);
    expect(few.best.score).toBeLessThan(0.98);
    expect(few).toMatchObject({ verdict: 'ambiguous', note: expect.stringContaining('without a reference') });
    // Its own reference names it.
    const [own2] = matchClasses([unknown], [two[0], far, other], { seed: 1 });
    expect(own2).toMatchObject({ verdict: 'match', best: { phase: 'other' } });
  });

  it('does not decide between references that are too much alike for the counts', () => {
    const twins = REFERENCES.filter((one) => one.phase === 'SiO2').map((one) => ({
      ...one,
      phase: 'quartz',
    }));
    const [, second] = matchClasses(all(), [...REFERENCES, ...twins], { seed: 1 });
    expect(second).toMatchObject({ verdict: 'ambiguous', note: expect.stringContaining('quartz') });
  });

  it('says so where counts are too few, and where the axis is off by more than is searched', () => {
    const faint = matchClasses(all({ counts: 30 }), REFERENCES, { seed: 1 });
    for (const { verdict } of faint) expect(verdict).not.toBe('match');
    expect(faint[0]).toMatchObject({ verdict: 'ambiguous', note: 'too few counts' });
    for (const shiftEv of [-1.5, 1.5]) {
      const found = matchClasses(all({ shiftEv }), REFERENCES, { seed: 1 });
      for (const { verdict, best } of found) expect(`${verdict} ${best.phase}`).not.toMatch(/^match /);
    }
  });

  it('searches no wider than a volt, whatever the calibration', () => {
    expect([undefined, 0, 0.2, 0.4, 3].map(shiftTolerance)).toEqual([0.5, 0.5, 0.5, 0.8, 1]);
  });

  it('is a function of spectra and seed', () => {
    const once = matchClasses(all(), REFERENCES, { seed: 5 });
    expect(matchClasses(all(), REFERENCES, { seed: 5 })).toEqual(once);
    expect(matchClasses(all(), REFERENCES, { seed: 6 })).not.toEqual(once);
  });

  it('compares at the resolution of the less sharp one', () => {
    const sharp = REFERENCES.map((one) => ({ ...one, fwhmEv: 0.5 }));
    const blurred = all().map((one) => ({ ...one, net: blur(one.net, 2.5 / one.dispersionEv) }));
    const known = matchClasses(blurred, sharp, { seed: 1, fwhmEv: Math.hypot(2.5, 0.5) });
    const unknown = matchClasses(blurred, sharp, { seed: 1 });
    expect(known[0].best).toMatchObject({ phase: 'Si' });
    expect(known[0].best.score).toBeGreaterThan(unknown[0].best.score + 0.02);
    expect(known[1].best.score).toBeGreaterThan(unknown[1].best.score + 0.02);
  });
});

const peak = (energy: number) => Math.exp(-0.5 * ((energy - 289) / 1.5) ** 2);

/** Gaussian of a given FWHM in channels. */
function blur(values: ArrayLike<number>, fwhm: number): Float64Array {
  const sigma = fwhm / 2.3548;
  return Float64Array.from(values, (_, i) => {
    let sum = 0;
    let total = 0;
    for (let j = 0; j < values.length; j++) {
      const weight = Math.exp(-0.5 * ((j - i) / sigma) ** 2);
      sum += weight * values[j];
      total += weight;
    }
    return sum / total;
  });
}

describe('one edge alone does not name what another contradicts', () => {
  const match = (edge: string, label: number, phase: string): ClassMatch => ({
    edge,
    label,
    verdict: 'match',
    best: { phase, score: 0.98 },
    shiftEv: 0,
    shiftAtBound: false,
    counts: 1e6,
    attainable: 1,
  });
  const silicon = (labels: number[]): NamedEdge => ({
    name: 'Si-L',
    labels: Int16Array.from(labels),
    intensity: Float32Array.from(labels, () => 100),
    matches: [match('Si-L', 0, 'SiO2'), match('Si-L', 1, 'Si')],
    phases: new Set(['Si', 'SiO2']),
  });
  const oxygen = (labels: number[], matches: ClassMatch[]): NamedEdge => ({
    name: 'O-K',
    labels: Int16Array.from(labels),
    intensity: Float32Array.from(labels, (label) => (label >= 0 ? 50 : 0.1)),
    matches,
    phases: new Set(['SiO2']),
  });
  const verdicts = (edges: NamedEdge[]) =>
    withoutContradictions(edges).map(({ edge, label, verdict }) => `${edge} ${label} ${verdict}`);

  it('keeps names that agree', () => {
    const edges = [silicon([0, 0, 1, 1]), oxygen([0, 0, -1, -1], [match('O-K', 0, 'SiO2')])];
    expect(verdicts(edges)).toEqual(['Si-L 0 match', 'Si-L 1 match', 'O-K 0 match']);
  });

  it('doubts what the only reference of an edge is like where its other element is not', () => {
    const only = (label: number): ClassMatch => ({
      ...match('O-K', label, 'SiO2'),
      verdict: 'only reference',
    });
    const found = withoutContradictions([silicon([0, 0, -1, -1]), oxygen([0, 0, 1, 1], [only(0), only(1)])]);
    const ofOxygen = found.filter(({ edge }) => edge === 'O-K');
    expect(ofOxygen.map(({ verdict }) => verdict)).toEqual(['only reference', 'ambiguous']);
  });

  it('doubts an oxide without oxygen, and one whose oxygen lies elsewhere', () => {
    expect(verdicts([silicon([0, 0, 1, 1]), oxygen([-1, -1, 0, 0], [])])).toContain('Si-L 0 ambiguous');
    const other = [match('O-K', 0, 'Fe2O3'), match('O-K', 1, 'SiO2')];
    const elsewhere = verdicts([silicon([0, 0, 1, 1]), oxygen([0, 0, 1, 1], other)]);
    expect(elsewhere).toContain('Si-L 0 ambiguous');
    expect(elsewhere).toContain('O-K 1 ambiguous');
    expect(elsewhere).toContain('Si-L 1 match');
  });
});

describe('what references are made of', () => {
  it('runs a spline through its knots, and keeps straight lines straight', () => {
    const spline = cubicSpline([0, 1, 3, 4], [1, 0, 2, 5]);
    expect([0, 1, 3, 4].map(spline)).toEqual([1, 0, 2, 5]);
    const line = cubicSpline([0, 1, 3, 4], [0, 2, 6, 8]);
    expect(line(2.3)).toBeCloseTo(4.6, 12);
    // The natural spline through (0,0) (1,1) (2,0) is 1.5x − 0.5x³ on its first half.
    expect(cubicSpline([0, 1, 2], [0, 1, 0])(0.5)).toBeCloseTo(0.6875, 12);
  });

  it('credits every built-in spectrum, or says that it is none', () => {
    for (const { origin } of REFERENCES) expect(origin).toMatch(/BSD-2|ODbL|not measured/);
  });

  it('measures the width of the zero-loss peak', () => {
    const axis = { offset: -10, dispersion: 0.3, units: 'eV' as const };
    const sigma = 0.9 / 2.3548;
    const peak = Array.from(
      { length: 200 },
      (_, i) => 1e5 * Math.exp(-0.5 * ((axis.offset + 0.3 * i - 0.1) / sigma) ** 2),
    );
    expect(zeroLossWidth(peak, axis)).toBeCloseTo(0.9, 1);
    expect(zeroLossWidth([3, 2, 1], { ...axis, offset: 0 })).toBeUndefined();
    expect(zeroLossWidth(peak, { ...axis, offset: 100 })).toBeUndefined();
  });
});
