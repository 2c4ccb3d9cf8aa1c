import { counted } from './counted.ts';
export interface ScaleBar {
  /** Length in view pixels. */
  length: number;
  label: string;
}

/** Units from small to large, in nm. */
const UNITS: readonly (readonly [number, string])[] = [
  [1e-3, 'pm'],
  [1, 'nm'],
  [1e3, 'µm'],
  [1e6, 'mm'],
];

/** The largest of 1, 2, 5 × 10^n that is not above `limit`. */
export function roundedDown(limit: number): number {
  const power = 10 ** Math.floor(Math.log10(limit) + 1e-9);
  const lead = limit / power;
  return (lead >= 5 - 1e-9 ? 5 : lead >= 2 - 1e-9 ? 2 : 1) * power;
}

/** `500 pm`, `2 nm`, `1 µm`. */
export function lengthLabel(nanometres: number): string {
  let unit = UNITS[0];
  for (const candidate of UNITS) if (nanometres >= candidate[0] * (1 - 1e-9)) unit = candidate;
  return `${Number((nanometres / unit[0]).toPrecision(3))} ${unit[1]}`;
}

/**
 * A bar of 1, 2 or 5 × 10^n that is at most `maxLength` view pixels long; in scan pixels where the size of a pixel is
 * not known. Undefined where even one pixel is longer.
 */
export function scaleBar(
  viewPixelsPerScanPixel: number,
  pixelSizeNm: number | undefined,
  maxLength: number,
): ScaleBar | undefined {
  if (!(viewPixelsPerScanPixel > 0) || !(maxLength > 0)) return undefined;
  const limit = maxLength / viewPixelsPerScanPixel;
  if (pixelSizeNm === undefined || !(pixelSizeNm > 0)) {
    if (limit < 1) return undefined;
    const pixels = roundedDown(limit);
    return { length: pixels * viewPixelsPerScanPixel, label: counted(pixels, 'pixel') };
  }
  const nanometres = roundedDown(limit * pixelSizeNm);
  return { length: (nanometres / pixelSizeNm) * viewPixelsPerScanPixel, label: lengthLabel(nanometres) };
}
