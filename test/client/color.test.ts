import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  CLASS_DOMAIN,
  classTable,
  identityOf,
  labelCss,
  labelOf,
  type ShownClass,
} from '../../client/color/class-colours.ts';
import { tableColour } from '../../client/color/table-css.ts';
import { THEMES } from '../../client/styles/theme.ts';
import type { ColormapName } from '../../protocol/colormaps.ts';
import { colormapTable, LUT_SIZE, parseColour, SEQUENTIAL } from '../../protocol/colormaps.ts';
import { mapDomain, netSigma, percentileDomain } from '../../protocol/domain.ts';
import { ABSENT, CLASS_COLOURS, flagWords, UNMEASURED } from '../../protocol/index.ts';

const luminance = ([r, g, b]: readonly number[]): number => {
  const linear = [r, g, b].map((part) => {
    const value = part / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
};
const contrast = (a: string, b: string): number => {
  const [light, dark] = [luminance(parseColour(a)), luminance(parseColour(b))].sort((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
};

describe('colour tables', () => {
  test('hold 256 opaque colours', () => {
    for (const name of [...SEQUENTIAL, 'diverging'] as ColormapName[]) {
      const table = colormapTable(name);
      expect(table).toHaveLength(4 * LUT_SIZE);
      for (let i = 3; i < table.length; i += 4) expect(table[i]).toBe(255);
    }
  });

  test('sequential ones grow lighter, so that print and grey displays keep the order', () => {
    for (const name of SEQUENTIAL) {
      const table = colormapTable(name);
      const at = (i: number) => luminance(table.subarray(4 * i, 4 * i + 3) as unknown as number[]);
      for (let i = 16; i < LUT_SIZE; i += 16) expect(at(i)).toBeGreaterThan(at(i - 16));
    }
  });

  test('what is much stands out from the ground: light in the dark theme, dark in the light one', () => {
    for (const name of ['magma', 'inferno'] as const) {
      const ends = (light: boolean) =>
        [0, 1].map((t) =>
          contrast(tableColour(colormapTable(name, light), t), THEMES[light ? 'light' : 'dark'].ground),
        );
      for (const light of [false, true]) expect(ends(light)[1]).toBeGreaterThan(5 * ends(light)[0]);
    }
  });

  test('flags have a colour each, one for several, and none where nothing is wrong', () => {
    const at = (value: number) => tableColour(colormapTable('flags'), value / 15);
    expect(new Set([0, 1, 2, 4, 8, 3].map(at)).size).toBe(6);
    expect(at(5)).toBe(at(15));
    expect(flagWords(5)).toBe('no signal, over-subtracted');
  });

  test('the diverging one is quiet in the middle and differs at its ends', () => {
    for (const light of [false, true]) {
      const table = colormapTable('diverging', light);
      const [low, middle, high] = [0, 0.5, 1].map((t) => parseColour(tableColour(table, t)));
      expect(low[2]).toBeGreaterThan(low[0]);
      expect(high[0]).toBeGreaterThan(high[2]);
      expect(Math.max(...middle) - Math.min(...middle)).toBeLessThan(20);
    }
  });
});

describe('limits', () => {
  test('one dead pixel does not set the range', () => {
    const values = Float32Array.from({ length: 10_000 }, (_, i) => i % 100);
    values[17] = 1e9;
    values[18] = -1e9;
    expect(mapDomain(values)).toEqual([0, 100]);
    expect(percentileDomain(values)).toEqual([0, 99]);
  });

  test('what is not measured does not count', () => {
    const values = new Float32Array(1000).fill(Number.NaN);
    expect(mapDomain(values)).toBeUndefined();
    values.fill(3, 0, 40);
    values.fill(5, 40, 80);
    expect(mapDomain(values)).toEqual([3, 5]);
  });

  test('hold all values but the outermost, on round numbers, with little room beside them', () => {
    const value = fc.float({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 });
    fc.assert(
      fc.property(fc.array(value, { minLength: 1 }), (values) => {
        const [low, high] = percentileDomain(values) ?? [0, 0];
        const [from, to] = mapDomain(values) ?? [0, 0];
        const span = high - low;
        expect(from).toBeLessThanOrEqual(low + 1e-6 * span);
        expect(to).toBeGreaterThanOrEqual(high - 1e-6 * span);
        expect(to - from).toBeLessThanOrEqual(1.3 * span);
      }),
    );
  });

  test('of a flat map are its one value', () => {
    expect(mapDomain([0, 0, 0])).toEqual([0, 0]);
    expect(mapDomain([4.2, 4.2, Number.NaN])?.map((limit) => limit.toFixed(3))).toEqual(['4.200', '4.200']);
  });

  test('are the whole range where nearly all values are the same', () => {
    expect(mapDomain([...new Array<number>(1000).fill(0), 7])).toEqual([0, 7]);
  });

  test('that are set stay as they are, and those about 0 are even', () => {
    expect(mapDomain([0.2, 0.3], { limits: [0, 1] })).toEqual([0, 1]);
    expect(mapDomain([-0.2, 0.5], { limits: 'centred' })).toEqual([-0.5, 0.5]);
    expect(mapDomain([0, 0], { limits: 'centred' })).toEqual([0, 0]);
  });

  test('of net counts span three standard deviations of the noise at least', () => {
    expect(mapDomain([-10, 0, 10], { sigma: 20 })).toEqual([-60, 60]);
    expect(mapDomain([-100, 900], { sigma: 20 })).toEqual([-100, 900]);
    const net = Float32Array.of(10, -20, Number.NaN, 0, 400);
    expect(netSigma(net, Float32Array.of(0.5, -1, 1, 0, 20))).toBe(20);
    expect(netSigma(net, new Float32Array(5).fill(Number.NaN))).toBeUndefined();
  });
});

describe('class colours', () => {
  const classes = [
    { label: 0, colour: 3, place: 3, count: 5, centroid: [0, 0] },
    { label: 1, colour: 0, place: 0, count: 5, centroid: [1, 1] },
  ] satisfies ShownClass[];

  test('are those of their places, not of their numbers', () => {
    const table = classTable(classes, [1, 2, 3]);
    const entry = (label: number) => [...table.subarray(4 * (label + 2), 4 * (label + 2) + 4)];
    expect(entry(0)).toEqual([...CLASS_COLOURS[3], 255]);
    expect(entry(1)).toEqual([...CLASS_COLOURS[0], 255]);
    expect(entry(ABSENT).slice(0, 3)).toEqual([1, 2, 3]);
    expect(entry(ABSENT)[3]).toBeLessThan(255);
    expect(entry(-2)[3]).toBe(0);
    expect(CLASS_DOMAIN).toEqual([-2, 253]);
  });

  test('identity and number are inverse to each other', () => {
    for (const label of [ABSENT, 0, 1]) expect(labelOf(classes, identityOf(classes, label))).toBe(label);
    expect(labelOf(classes, 7)).toBeUndefined();
  });
});

test('a pixel without the edge, and one that no model has seen yet, have no colour of a class', () => {
  expect([ABSENT, UNMEASURED].map((label) => labelCss([], label, 'grey'))).toEqual(['grey', 'grey']);
  expect(labelCss([], 0, 'grey')).toMatch(/^#[0-9a-f]{6}$/);
});

describe('themes', () => {
  test('text on the ground has a contrast of 4.5:1, marks 3:1', () => {
    for (const theme of Object.values(THEMES)) {
      for (const text of [theme.text, theme.strong, theme.muted, theme.accent, theme.edgeName])
        expect(contrast(text, theme.ground)).toBeGreaterThanOrEqual(4.5);
      expect(contrast(theme.muted, theme.raised)).toBeGreaterThanOrEqual(4.5);
      expect(contrast(theme.good, theme.goodGround)).toBeGreaterThanOrEqual(4.5);
      expect(contrast(theme.warn, theme.warnGround)).toBeGreaterThanOrEqual(4.5);
      expect(contrast(theme.bad, theme.badGround)).toBeGreaterThanOrEqual(4.5);
      expect(contrast(theme.spectrum, theme.ground)).toBeGreaterThanOrEqual(4.5);
    }
  });

  test('absent is a shade apart from the ground', () => {
    for (const theme of Object.values(THEMES)) {
      const apart = parseColour(theme.absent).map((part, i) => Math.abs(part - parseColour(theme.ground)[i]));
      expect(Math.max(...apart)).toBeGreaterThanOrEqual(10);
    }
  });
});
