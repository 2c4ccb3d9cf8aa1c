import {
  BACKGROUND_METHODS,
  type BackgroundMethod,
} from '../../../server/analysis/windows/background-method.ts';
import { detectorCounts } from '../../support/detector-cube.ts';
import { LEVEL_EDGE, LEVELS, type LevelScan, levelScan } from '../../support/level-scan.ts';
import { netSignal } from '../../support/net-signal.ts';
import type { DetectorRow, DetectorStudy } from '../detectors.ts';

const COUNTS = [5, 15, 50, 150, 500];
const SMEARS = [undefined, [0.15, 0.7, 0.15], [0.05, 0.2, 0.5, 0.2, 0.05]] as const;
const GAINS = [1, 6, 40, 900];

interface Tally {
  vacuum: number;
  present: number;
  /** Pixels of the specimen that show the edge without the vacuum beside them, and those lost with it. */
  edges: number;
  lost: number;
}

interface LevelCase extends Omit<LevelScan, 'level' | 'seed'> {
  counts: number;
  /** Electrons that are taken off as a dark reference, as a share of the level. */
  dark?: number;
}

async function tally(
  name: string,
  { counts, dark = 0, ...scan }: LevelCase,
  seed: number,
  background: BackgroundMethod,
  sum: Tally,
): Promise<void> {
  const cube = levelScan({ ...scan, level: LEVELS[name](counts), seed });
  const spectra = detectorCounts(cube);
  if (dark > 0) for (let i = 0; i < spectra.length; i++) spectra[i] -= dark * counts * (scan.gain ?? 1);
  const [rows, columns] = cube.shape;
  const vacuum = scan.vacuumRows * columns;
  const { present } = await netSignal(spectra, cube, LEVEL_EDGE, background);
  const alone = await netSignal(
    spectra.subarray(vacuum * cube.channels),
    { ...cube, shape: [rows - scan.vacuumRows, columns] },
    LEVEL_EDGE,
    background,
  );
  sum.vacuum += vacuum;
  for (let pixel = 0; pixel < vacuum; pixel++) sum.present += present[pixel];
  alone.present.forEach((flag, pixel) => {
    sum.edges += flag;
    if (flag && !present[vacuum + pixel]) sum.lost++;
  });
}

/** Rows of one kind of level: vacuum called present, edges beside it lost. */
async function* rowsOf(
  scans: string,
  name: string,
  cases: LevelCase[],
  methods: BackgroundMethod[] = ['poisson'],
): AsyncIterable<DetectorRow> {
  const sum: Tally = { vacuum: 0, present: 0, edges: 0, lost: 0 };
  let n = 0;
  for (const background of methods)
    for (const of of cases) await tally(name, of, 1000 + n++, background, sum);
  yield {
    scans: `${scans}, ${n} scans`,
    counted: 'vacuum pixels called present',
    hits: sum.present,
    of: sum.vacuum,
    most: 0.02,
  };
  yield { scans, counted: 'edges lost beside it', hits: sum.lost, of: sum.edges, most: 0.01 };
}

const detector = (n: number) => {
  const smear = SMEARS[n % SMEARS.length];
  return { gain: GAINS[n % GAINS.length], ...(smear && { smear }) };
};

/** Levels of a detector in vacuum beside a specimen, by shape, height, share of the scan, gain and point spread. */
export const levels: DetectorStudy = {
  title: 'levels',
  async *rows() {
    const cases = COUNTS.flatMap((counts, c) =>
      [1, 6, 14].map((vacuumRows, v): LevelCase => ({ counts, vacuumRows, ...detector(3 * c + v) })),
    );
    for (const name of Object.keys(LEVELS)) yield* rowsOf(`${name}, 5–500 electrons`, name, cases);
    const others = BACKGROUND_METHODS.filter((method) => method !== 'none' && method !== 'poisson');
    const six = COUNTS.map((counts, n): LevelCase => ({ counts, vacuumRows: 6, ...detector(n) }));
    yield* rowsOf('flat, --background log-linear, two-area, lcpl', 'flat', six, others);
    for (const dark of [0.97, 1, 1.03]) {
      const darkened = cases.map((of) => ({ ...of, dark }));
      yield* rowsOf(`flat, ${Math.round(100 * dark)} % taken off as dark`, 'flat', darkened);
    }
    // Specimen of few counts, of which those of the vacuum are a tenth at most, or as many.
    const thin = [0.03, 0.1].flatMap((dose) =>
      [0.1, 0.3].map((share): LevelCase => ({ counts: 2100 * dose * share, vacuumRows: 6, dose })),
    );
    yield* rowsOf('flat, a tenth to a third of a specimen of 60–200 electrons', 'flat', thin);
    const alike = [0.01, 0.03].map((dose): LevelCase => ({ counts: 2100 * dose, vacuumRows: 6, dose }));
    yield* rowsOf('flat, as many counts as a specimen of 20–60 electrons', 'flat', alike);
  },
};
