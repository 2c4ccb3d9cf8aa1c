import { parseColour } from '../../protocol/colormaps.ts';

/** Black or white, whichever has more contrast on a colour (relative luminance, WCAG 2). */
export function inkOn(colour: string): string {
  const [r, g, b] = parseColour(colour).map((part) => {
    const value = part / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.18 ? '#0b0e12' : '#f3f6f9';
}
