import { wilson } from '../support/wilson.ts';
import { axisStudy } from './detectors/axis.ts';
import { continuum } from './detectors/continuum.ts';
import { correlatedNoise } from './detectors/correlated-noise.ts';
import { levels } from './detectors/levels.ts';
import { namesStudy } from './detectors/names.ts';
import { shiftsStudy } from './detectors/shifts.ts';
import { spikes } from './detectors/spikes.ts';

/** A line of the table: how many of some simulated cases went a certain way. */
export interface DetectorRow {
  /** What was simulated: shape, dose, kernel, gain. */
  scans: string;
  /** What is counted, e.g. `edge maps with more than one class`. */
  counted: string;
  hits: number;
  of: number;
  /** Limit of the share, where one is asked. */
  most?: number;
  least?: number;
  /** Further figures, as text. */
  note?: string;
}

/** One way in which a real detector differs from counting, and what it does to the maps. */
export interface DetectorStudy {
  title: string;
  rows: () => AsyncIterable<DetectorRow>;
}

const STUDIES: DetectorStudy[] = [
  axisStudy,
  continuum,
  correlatedNoise,
  levels,
  namesStudy,
  shiftsStudy,
  spikes,
];

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

function verdict({ hits, of, most, least }: DetectorRow): string {
  if (most === undefined && least === undefined) return '';
  const held = hits / of <= (most ?? 1) && hits / of >= (least ?? 0);
  const asked = most === undefined ? `at least ${percent(least ?? 0)}` : `at most ${percent(most)}`;
  return `${asked}: ${held ? 'held' : 'MISSED'}`;
}

/** What real detectors do to the maps: simulated scans with point spread, gain, fixed pattern, shifts and levels. */
export async function detectorsStudy(only?: string): Promise<void> {
  console.log('study | scans | counted | share (95 % interval) | asked | note');
  for (const { title, rows } of STUDIES) {
    if (only !== undefined && title !== only) continue;
    for await (const row of rows()) {
      const [low, high] = wilson(row.hits, row.of);
      const share = `${row.hits}/${row.of} = ${percent(row.hits / row.of)} (${percent(low)} – ${percent(high)})`;
      console.log(
        [title, row.scans, row.counted, share, verdict(row), row.note ?? ''].filter(Boolean).join(' | '),
      );
    }
  }
}
