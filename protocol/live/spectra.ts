import * as v from 'valibot';
import { energyAxis } from './scan.ts';
import { names, number, numbers, word } from './values.ts';

const lowLoss = v.exactOptional(v.object({ energy: energyAxis, counts: numbers }));

export const sumSpectrum = v.object({
  type: v.literal('sum-spectrum'),
  epoch: number,
  spectra: number,
  energy: energyAxis,
  counts: numbers,
  lowLoss,
  /** What the detector added, left out of the analysis: channels by index, samples by number. The data are untouched. */
  faults: v.exactOptional(v.object({ dead: numbers, hot: numbers, spikes: number, saturated: number })),
  /** Shift of the energy axis over the scan, eV: how far above its true energies a spectrum lies. */
  drift: v.exactOptional(
    v.object({
      by: word('zero-loss peak', 'edge onset'),
      mean: number,
      least: number,
      most: number,
      /** Standard deviation of one pixel's shift, in the middle of the pixels. */
      uncertainty: v.exactOptional(number),
      /** Whether the spectra are moved by it before they are analysed. */
      aligned: v.exactOptional(v.boolean()),
      /** What causes the shift, by the edges: the instrument, where edges shift together whatever the specimen is. */
      origin: v.exactOptional(word('none', 'instrument', 'unknown', 'follows the specimen')),
      /** Standard deviation from pixel to pixel beyond counting, eV. */
      jitter: v.exactOptional(number),
      /** Edges it was measured by, and the concordance of their shifts where there are two. */
      edges: v.exactOptional(names),
      agreement: v.exactOptional(number),
    }),
  ),
  /** The zero-loss peak, where there is one: in the low loss, or (`own`) in the spectra themselves. */
  zeroLoss: v.exactOptional(
    v.object({
      /** Median over the pixels, eV; 0 on an axis that is right. */
      position: number,
      own: v.boolean(),
      /** Whether spectra are moved so that it lies at 0 eV. */
      mends: v.boolean(),
    }),
  ),
  /** Standard deviation of t/λ that counting gives it, median over the pixels. */
  thicknessDeviation: v.exactOptional(number),
  /** Pixels whose zero-loss peak is cut off; t/λ is an upper bound there. */
  saturatedZeroLoss: v.exactOptional(number),
});

/** Answer to `spectrum`: one pixel as recorded and as it was analysed for each edge. */
export const pixelSpectrum = v.object({
  type: v.literal('spectrum'),
  request: number,
  epoch: number,
  pixel: number,
  measured: v.boolean(),
  energy: energyAxis,
  /** As recorded. */
  raw: numbers,
  edges: v.array(
    v.object({
      name: v.string(),
      label: number,
      /** Net counts over their noise. */
      snr: number,
      /** Exponent r of the background A·E^−r. */
      exponent: number,
      /** First channel of the arrays below; they reach from the fit window to the end of the signal window. */
      firstChannel: number,
      /** What was analysed: moved onto the scan's energy axis where spectra are, without what the detector added. */
      counts: numbers,
      background: numbers,
      /** PCA reconstruction of the net signal over the signal window, counts; absent before the first model. */
      reconstruction: v.exactOptional(v.object({ firstChannel: number, counts: numbers })),
    }),
  ),
  lowLoss,
});
