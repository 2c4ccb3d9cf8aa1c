import { type EnergyAxis, energyOf } from '../../protocol/index.ts';

export interface Spectrometer {
  energy: EnergyAxis;
  channels: number;
}

export const CORE_LOSS: Spectrometer = {
  energy: { offset: 60, dispersion: 0.6, units: 'eV' },
  channels: 1024,
};

/** Reaches to 133 eV, beyond five plasmon losses, so that few electrons are lost at its end. */
export const LOW_LOSS: Spectrometer = {
  energy: { offset: -20, dispersion: 0.3, units: 'eV' },
  channels: 512,
};

/** Energy resolution: full width at half maximum of the zero-loss peak, eV. */
export const RESOLUTION_EV = 0.9;
export const SIGMA_EV = RESOLUTION_EV / Math.sqrt(8 * Math.LN2);

/** Samples of a function inside a channel. */
export const SUBSAMPLES = 6;

/**
 * Integral of a density (per eV) over every channel and over `margin` further channels at either end, blurred by a
 * Gaussian of standard deviation `sigmaEv` first.
 */
export function binned(
  { energy, channels }: Spectrometer,
  density: (energyEv: number) => number,
  sigmaEv: number,
  margin: number,
): Float64Array {
  const step = energy.dispersion / SUBSAMPLES;
  const reach = Math.ceil((4.5 * sigmaEv) / step);
  const start = energyOf(energy, -margin - 0.5) + step / 2;
  const fine = Float64Array.from({ length: (channels + 2 * margin) * SUBSAMPLES + 2 * reach }, (_, i) =>
    density(start + (i - reach) * step),
  );
  const weights = Float64Array.from({ length: 2 * reach + 1 }, (_, i) =>
    reach > 0 ? Math.exp(-0.5 * (((i - reach) * step) / sigmaEv) ** 2) : 1,
  );
  const total = weights.reduce((a, b) => a + b);
  return Float64Array.from({ length: channels + 2 * margin }, (_, channel) => {
    let sum = 0;
    for (let s = channel * SUBSAMPLES; s < (channel + 1) * SUBSAMPLES; s++)
      for (let k = 0; k < weights.length; k++) sum += weights[k] * fine[s + k];
    return (sum / total) * step;
  });
}
