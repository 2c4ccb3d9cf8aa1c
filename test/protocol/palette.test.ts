import { expect, it } from 'vitest';
import {
  ABSENT_COLOUR,
  CLASS_COLOURS,
  classColour,
  cssColour,
  labelColour,
  type Rgb,
} from '../../protocol/index.ts';

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

it('begins with the colours of Okabe and Ito', () => {
  expect(CLASS_COLOURS.slice(0, 7).map(cssColour)).toEqual([
    '#e69f00',
    '#56b4e9',
    '#009e73',
    '#f0e442',
    '#0072b2',
    '#d55e00',
    '#cc79a7',
  ]);
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
