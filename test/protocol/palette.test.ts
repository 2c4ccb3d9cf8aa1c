import { expect, it } from 'vitest';
import { SHADE_OVER_RELIEF } from '../../client/color/class-colours.ts';
import { rgbOf, THEMES } from '../../client/styles/theme.ts';
import { colormapTable, LUT_SIZE } from '../../protocol/colormaps.ts';
import {
  ABSENT_COLOUR,
  CLASS_COLOURS,
  classColour,
  cssColour,
  labelColour,
  PLAIN_COLOURS,
  type Rgb,
} from '../../protocol/index.ts';
import { colourDifference, labOf, VISIONS } from '../support/colour-vision.ts';

/** Relative luminance (WCAG 2.2). */
const luminance = (colour: Rgb): number => {
  const [red, green, blue] = colour.map((part) => {
    const value = part / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
};
const contrast = (a: Rgb, b: Rgb): number => {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
};

it('has sixteen colours that differ from each other and from absence', () => {
  expect(new Set([...CLASS_COLOURS, ABSENT_COLOUR].map(cssColour)).size).toBe(17);
  for (const colour of CLASS_COLOURS) expect(contrast(colour, ABSENT_COLOUR)).toBeGreaterThan(1.9);
});

it('has no grey: classes lie over grey images', () => {
  for (const colour of CLASS_COLOURS) expect(Math.max(...colour) - Math.min(...colour)).toBeGreaterThan(40);
});

const PLAIN = CLASS_COLOURS.slice(0, PLAIN_COLOURS);
const mixed = (a: Rgb, b: Rgb, t: number): Rgb => [
  a[0] + (b[0] - a[0]) * t,
  a[1] + (b[1] - a[1]) * t,
  a[2] + (b[2] - a[2]) * t,
];

it('measures differences as the pairs of Sharma, Wu and Dalal ask', () => {
  const pairs = [
    [50, 2.6772, -79.7751, 50, 0, -82.7485, 2.0425],
    [50, -1.3802, -84.2814, 50, 0, -82.7485, 1.0],
    [50, 2.49, -0.001, 50, -2.49, 0.0011, 7.2195],
    [60.2574, -34.0099, 36.2677, 60.4626, -34.1751, 39.4387, 1.2644],
    [2.0776, 0.0795, -1.135, 0.9033, -0.0636, -0.5514, 0.9082],
  ];
  for (const [l1, a1, b1, l2, a2, b2, wanted] of pairs)
    expect(colourDifference([l1, a1, b1], [l2, a2, b2])).toBeCloseTo(wanted, 4);
});

it('begins with the colours of Okabe and Ito, moved by little', () => {
  const theirs: Rgb[] = [
    [230, 159, 0],
    [86, 180, 233],
    [0, 158, 115],
    [240, 228, 66],
    [0, 114, 178],
    [213, 94, 0],
  ];
  theirs.forEach((colour, place) => {
    const moved = colourDifference(labOf(colour, VISIONS['normal']), labOf(PLAIN[place], VISIONS['normal']));
    expect(moved).toBeLessThan(7.5);
  });
});

it.each(Object.keys(VISIONS))(
  'has eight colours that differ by 10 or more with %s: flat, and over every grey',
  (name) => {
    const vision = VISIONS[name];
    const differences = (colours: readonly Rgb[], ground: Rgb) => {
      const seen = [...colours, ground].map((colour) => labOf(colour, vision));
      return seen.flatMap((one, i) => seen.slice(i + 1).map((other) => colourDifference(one, other)));
    };
    expect(Math.min(...differences(PLAIN, ABSENT_COLOUR))).toBeGreaterThan(10);
    for (const theme of Object.values(THEMES)) {
      const [low, high] = [rgbOf(theme.reliefLow), rgbOf(theme.reliefHigh)];
      for (let t = 0; t <= 1; t += 1 / 16) {
        const over = PLAIN.map((colour) =>
          mixed(colour.map((part) => part * SHADE_OVER_RELIEF) as unknown as Rgb, colour, t),
        );
        expect(Math.min(...differences(over, mixed(low, high, t)))).toBeGreaterThan(10);
      }
    }
  },
);

it('has no class in the colours of what lies above and below 0', () => {
  for (const light of [false, true]) {
    const table = colormapTable('diverging', light);
    for (const at of [0, LUT_SIZE - 1]) {
      const end: Rgb = [table[4 * at], table[4 * at + 1], table[4 * at + 2]];
      for (const colour of PLAIN)
        expect(
          colourDifference(labOf(end, VISIONS['normal']), labOf(colour, VISIONS['normal'])),
        ).toBeGreaterThan(15);
    }
  }
});

it('paints labels in lasting colours', () => {
  const colourOf = new Map([
    [0, 3],
    [1, 17],
  ]);
  expect(labelColour(0, colourOf)).toEqual(classColour(3));
  expect(labelColour(1, colourOf)).toEqual(CLASS_COLOURS[1]);
  expect(labelColour(2, colourOf)).toEqual(classColour(2));
  expect(labelColour(-1, colourOf)).toBe(ABSENT_COLOUR);
  expect(labelColour(-2, colourOf)).toBeUndefined();
});
