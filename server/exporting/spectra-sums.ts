import { layerOf, pixelCount } from '../../protocol/index.ts';
import type { Exportable, Spectra } from './exportable.ts';

export interface SpectraSums {
  /** Sum of the spectra of all measured pixels, by channel. */
  spectrum: Float64Array;
  /** Sum over the channels at each pixel, NaN where not measured. */
  totals: Float32Array;
  /** Pixels that are measured. */
  measured: number;
}

/**
 * Adds up all spectra.
 * @param report called with the number of pixels that have been read
 */
export async function sumSpectra(
  { scan, passes }: Pick<Exportable, 'scan' | 'passes'>,
  { channels, read }: Spectra,
  report: (pixels: number) => Promise<void> = async () => {},
): Promise<SpectraSums> {
  const pixels = pixelCount(scan);
  const sums: SpectraSums = {
    spectrum: new Float64Array(channels),
    totals: new Float32Array(pixels).fill(Number.NaN),
    measured: 0,
  };
  const most = Math.max(1, Math.floor(2 ** 20 / channels));
  for (let first = 0; first < pixels; first += most) {
    const count = Math.min(most, pixels - first);
    const spectra = await read(first, count);
    for (let pixel = 0; pixel < count; pixel++) {
      if (passes && passes[first + pixel] === 0) continue;
      let total = 0;
      for (let channel = 0; channel < channels; channel++) {
        const value = spectra[pixel * channels + channel];
        total += value;
        sums.spectrum[channel] += value;
      }
      sums.totals[first + pixel] = total;
      sums.measured++;
    }
    await report(count);
  }
  return sums;
}

/** With a map of total counts, if there was none. */
export function withTotalCounts(content: Exportable, sums: SpectraSums | undefined): Exportable {
  if (!sums || content.maps.some(({ layer }) => layer.kind === 'counts')) return content;
  return { ...content, maps: [{ layer: layerOf('counts'), data: sums.totals }, ...content.maps] };
}
