import { type SpikedScan, studySpikes } from '../../support/spiked-scan.ts';
import type { DetectorStudy } from '../detectors.ts';

const SEEDS = 5;

const SPANS: [string, Omit<SpikedScan, 'height' | 'seed'>, number][] = [
  ['20 electrons', { counts: 20 }, 24],
  ['300 electrons', { counts: 300 }, 16],
  ['5000 electrons', { counts: 5000 }, 16],
  ['300 electrons, gain 17, point spread', { counts: 300, gain: 17, smear: [0.15, 0.7, 0.15] }, 40],
  ['steep: exponent 6', { counts: 2000, exponent: 6 }, 16],
  ['ends on the flank of a peak of half the pixels', { counts: 2000, peak: 1 }, 24],
];

/** Spikes in the first and last three channels of a span beside those in its middle. */
export const spikes: DetectorStudy = {
  title: 'spikes',
  async *rows() {
    for (const [scans, span, height] of SPANS) {
      const sum = { ends: 0, middle: 0, of: 0, wrong: 0, atEnds: 0, samples: 0 };
      for (let seed = 1; seed <= SEEDS; seed++) {
        const found = studySpikes({ ...span, height, seed });
        sum.ends += found.ends.found;
        sum.middle += found.middle.found;
        sum.of += found.ends.of;
        sum.wrong += found.wrong;
        sum.atEnds += found.wrongAtEnds;
        sum.samples += found.samples;
      }
      const high = `${scans}, spikes of ${height} deviations`;
      yield { scans: high, counted: 'found at the ends', hits: sum.ends, of: sum.of, least: 0.97 };
      yield { scans: high, counted: 'found in the middle', hits: sum.middle, of: sum.of, least: 0.97 };
      yield {
        scans: high,
        counted: 'samples mended without a spike',
        hits: sum.wrong,
        of: sum.samples,
        most: 1e-4,
        note: `${sum.atEnds} of them at the ends`,
      };
    }
  },
};
