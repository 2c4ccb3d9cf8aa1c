import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { areaOf, outlinesOf } from '../../client/geometry/outlines.ts';
import { pairOutlines } from '../../client/model/maps/pair-outlines.ts';
import { strongestPair, whyNotOutlined } from '../../client/model/words/outline-words.ts';
import { classWord } from '../../client/model/words/pair-names.ts';
import { FakeScan } from '../support/fake-scan.ts';

const disc = (side: number, radius: number) =>
  Uint8Array.from({ length: side * side }, (_, i) =>
    Math.hypot(Math.floor(i / side) + 0.5 - side / 2, (i % side) + 0.5 - side / 2) < radius ? 1 : 0,
  );

describe('outlines', () => {
  test('of a disc is one smooth line of its area, around its middle', () => {
    const [line, ...others] = outlinesOf(disc(40, 12), [40, 40]);
    expect(others).toEqual([]);
    expect(Math.abs(areaOf(line))).toBeGreaterThan(0.96 * Math.PI * 144);
    expect(Math.abs(areaOf(line))).toBeLessThan(1.04 * Math.PI * 144);
    for (let i = 0; i < line.length; i += 2) {
      const radius = Math.hypot(line[i] - 20, line[i + 1] - 20);
      expect(radius).toBeGreaterThan(11);
      expect(radius).toBeLessThan(13);
    }
  });

  test('of a ring are two lines that run against each other', () => {
    const outer = disc(40, 16);
    const inner = disc(40, 7);
    const lines = outlinesOf(
      outer.map((flag, i) => flag - inner[i]),
      [40, 40],
    );
    expect(lines).toHaveLength(2);
    const [first, second] = lines.map(areaOf);
    expect(Math.sign(first)).toBe(-Math.sign(second));
    expect(Math.abs(first + second)).toBeCloseTo(Math.PI * (256 - 49), -2);
  });

  test('close at the border of the scan and stay inside', () => {
    const lines = outlinesOf(new Uint8Array(12 * 20).fill(1), [12, 20]);
    expect(lines).toHaveLength(1);
    expect(Math.abs(areaOf(lines[0]))).toBeGreaterThan(0.93 * 240);
    expect(Math.max(...lines[0])).toBe(20);
    expect(Math.min(...lines[0])).toBe(0);
  });

  test('leave out specks', () => {
    const mask = new Uint8Array(400);
    mask[210] = 1;
    expect(outlinesOf(mask, [20, 20])).toEqual([]);
  });

  test('of any mask have together about its area, as long as nothing in it is fine', () => {
    const blocks = fc.array(fc.boolean(), { minLength: 16, maxLength: 16 });
    fc.assert(
      fc.property(blocks, (on) => {
        const side = 48;
        const mask = Uint8Array.from({ length: side * side }, (_, i) =>
          on[4 * Math.floor(Math.floor(i / side) / 12) + Math.floor((i % side) / 12)] ? 1 : 0,
        );
        const area = outlinesOf(mask, [side, side]).reduce((sum, line) => sum - areaOf(line), 0);
        const pixels = mask.reduce((sum, flag) => sum + flag, 0);
        // A corner of a block loses about a pixel to the blur.
        expect(Math.abs(area - pixels)).toBeLessThanOrEqual(1.5 * 4 * on.filter(Boolean).length + 1e-6);
      }),
    );
  });
});

describe('outlines of pairs', () => {
  const scan = new FakeScan({ shape: [40, 40], epoch: 1 });
  scan.scanned = scan.pixels;
  scan.modelled = scan.pixels;
  scan.revision = 1;
  const information = scan.information('Si-L', 'O-K');
  const mapOf = (edge: string) => ({
    data: Int16Array.from({ length: 1600 }, (_, pixel) => scan.label(edge, pixel)),
    revision: scan.revision,
  });

  const nameOf = (edge: string, label: number) => classWord(scan.edgeState(edge, 'live').classes, label);

  test('name the strongest pairs by their classes', () => {
    const outlines = pairOutlines([information], mapOf, [40, 40], nameOf);
    expect(outlines.length).toBeGreaterThan(0);
    expect(outlines.length).toBeLessThanOrEqual(3);
    const [best] = information.pairs;
    expect(outlines[0].name).toBe(`class ${best.a} (Si-L) × class ${best.b} (O-K)`);
    const named = pairOutlines([information], mapOf, [40, 40], () => 'SiO₂');
    expect(named[0].name).toBe('SiO₂ (Si-L, O-K)');
    expect(outlines.every(({ lines }) => lines.length > 0)).toBe(true);
  });

  test('are not drawn where the relation may be chance, nor with numbers of another model', () => {
    const unsure = { ...information, verdict: 'too few independent areas' as const };
    expect(pairOutlines([unsure], mapOf, [40, 40], nameOf)).toEqual([]);
    const older = { ...information, revisions: [information.revisions[0] - 1, information.revisions[1]] };
    expect(pairOutlines([older as typeof information], mapOf, [40, 40], nameOf)).toEqual([]);
  });

  test('the strongest pair is outlined, or it is said why not', () => {
    const strongest = strongestPair([information]);
    expect(strongest).toMatchObject({ a: information.pairs[0].a, b: information.pairs[0].b });
    if (strongest === undefined) return;
    expect(whyNotOutlined(strongest)).toBeUndefined();
    const of = (part: Partial<typeof information>) =>
      whyNotOutlined({ ...strongest, pair: { ...information, ...part } });
    expect(of({ pairs: [] })).toBe('fewer than ten independent areas');
    expect(of({ verdict: 'too few independent areas' })).toBe('too few independent areas');
    expect(of({ verdict: 'not shown', pValue: 0.31 })).toBe('may be chance, p = 0.31');
    expect(of({ zCritical: 1e6 })).toMatch(/^\d+\.\d σ above chance, 1000000\.0 σ are needed$/);
    expect(strongestPair([])).toBeUndefined();
  });
});
