import { hash32 } from '../../server/analysis/math/random.ts';
import { type DetectorCube, detectorCounts, edgeShape } from './detector-cube.ts';
import { interpolateAll, spikeLimitsOf } from './spectrum-blocks.ts';

/** Channels of the span: those at its ends, and as many in the middle. */
export const SPAN = 150;
const NEAR = 3;
const MIDDLE = SPAN >> 1;
export const ENDS = [0, 1, 2, SPAN - 3, SPAN - 2, SPAN - 1];
export const MIDDLES = Array.from({ length: 2 * NEAR }, (_, i) => MIDDLE - NEAR + i);
/** Spikes of a channel: as many as are never taken for a line of the specimen. */
const PER_CHANNEL = 3;
const SIDE = 32;

export interface SpikedScan {
  /** Electrons in the first channel of the span. */
  counts: number;
  /** Exponent of the background: how steeply the span begins. */
  exponent?: number;
  /** Height of a near-edge peak whose flank the span ends on, as a share of `counts`; half of the pixels have it. */
  peak?: number;
  gain?: number;
  smear?: readonly number[];
  /** Height of each spike, in standard deviations of its channel's counts. */
  height: number;
  seed: number;
}

export interface SpikeFigures {
  ends: { found: number; of: number };
  middle: { found: number; of: number };
  /** Samples without a spike that were mended, at the ends and in all. */
  wrongAtEnds: number;
  wrong: number;
  samples: number;
}

/** Puts spikes into a simulated span of channels, each into a pixel of its own, and mends all spectra. */
export function studySpikes(scan: SpikedScan): SpikeFigures {
  const { counts, exponent = 3, peak = 0, gain = 1, smear, height, seed } = scan;
  const energy = { offset: 81, dispersion: 0.3, units: 'eV' as const };
  const last = energy.offset + energy.dispersion * (SPAN - 1);
  const mean = (ev: number, pixel: number) =>
    counts * ((ev / energy.offset) ** -exponent + edgeShape(ev, 99, 0, 2) / 5) +
    (pixel % 2 ? counts * peak * edgeShape(ev, last - 3, 1, 1.5) : 0);
  const cube: DetectorCube = { shape: [SIDE, SIDE], energy, channels: SPAN, mean, seed, gain };
  const spectra = detectorCounts({ ...cube, ...(smear && { smear }) });
  const spiked = new Set<number>();
  const places = [...ENDS, ...MIDDLES];
  places.forEach((channel, n) => {
    for (let k = 0; k < PER_CHANNEL; k++) {
      // Pixels far apart, in an order of the seed.
      const pixel = (hash32(seed, 7) + 53 * (n * PER_CHANNEL + k)) % (SIDE * SIDE);
      const at = pixel * SPAN + channel;
      spectra[at] += height * gain * Math.sqrt(mean(energy.offset + energy.dispersion * channel, pixel));
      spiked.add(at);
    }
  });
  const corrected = Float32Array.from(spectra);
  interpolateAll(corrected, SPAN, gain, { spikes: spikeLimitsOf(spectra, SPAN).limits(gain) });
  const figures: SpikeFigures = {
    ends: { found: 0, of: 0 },
    middle: { found: 0, of: 0 },
    wrongAtEnds: 0,
    wrong: 0,
    samples: spectra.length,
  };
  for (let at = 0; at < spectra.length; at++) {
    const isCorrected = corrected[at] !== spectra[at];
    const isEnd = ENDS.includes(at % SPAN);
    if (spiked.has(at)) {
      const part = isEnd ? figures.ends : figures.middle;
      part.of++;
      if (isCorrected) part.found++;
    } else if (isCorrected) {
      figures.wrong++;
      if (isEnd) figures.wrongAtEnds++;
    }
  }
  return figures;
}
