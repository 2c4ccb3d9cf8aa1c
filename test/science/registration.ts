import { type Registration, register } from '../../server/analysis/scan/registration.ts';
import { driftedRescans, FINE } from '../support/drifted-rescans.ts';

const SIZE = 40;
/** Pixels around the scan that rescans drift to. */
const MARGIN = 4;
const SEEDS = [11, 12, 13, 14];
const SIDES: [number, number][] = [
  [7, 6],
  [8, 8],
  [9, 9],
  [10, 12],
  [12, 12],
  [16, 20],
  [28, 28],
];
/** Thirds of a pixel. */
const DRIFTS: Record<string, readonly number[]> = {
  none: [0],
  'to 1 px': [1, -2, 3, -1, 2, -3],
  '1 to 3 px': [4, -5, 7, -8, 9, -9],
};
const PLACES = { border: [0, 1], inside: [0.25, 0.75] } as const;
/** Rescans along each side of the border, and of the grid inside. */
const STEPS = 6;

interface Row {
  count: number;
  /** Put farther from where they were than they were said to lie. */
  wrong: number;
  /** Added to the scan a pixel or more from where they were. */
  off: number;
  refused: number;
  untold: number;
  errors: number[];
  inSigmas: number[];
  /** Errors of the whole pixels that the rescan is moved by. */
  placed: number[];
}

const rms = (values: readonly number[]): number =>
  Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);

/** Steps along the border, or a grid inside, as first rows and columns. */
function placesOf(
  [height, width]: readonly [number, number],
  where: keyof typeof PLACES,
): [number, number][] {
  const [low, high] = PLACES[where];
  const steps = Array.from({ length: STEPS }, (_, i) => low + ((high - low) * i) / (STEPS - 1));
  const isWanted = (v: number, u: number) => where === 'inside' || [0, 1].includes(v) || [0, 1].includes(u);
  return steps.flatMap((v) =>
    steps
      .filter((u) => isWanted(v, u))
      .map((u): [number, number] => [Math.round(v * (SIZE - height)), Math.round(u * (SIZE - width))]),
  );
}

/** @param drift in y and x, pixels */
function add(row: Row, found: Registration, drift: readonly [number, number]): void {
  row.count++;
  if (found.verdict === 'refused') {
    row.refused++;
    return;
  }
  const [dy, dx] = drift;
  if (found.verdict === 'untold') row.untold++;
  else {
    row.errors.push(found.y - dy, found.x - dx);
    row.inSigmas.push((found.y - dy) / found.sigmaY, (found.x - dx) / found.sigmaX);
  }
  const applied = found.verdict === 'registered' ? found.applied : { y: 0, x: 0 };
  const left = [applied.y - dy, applied.x - dx];
  row.placed.push(...left);
  if (Math.hypot(...left) > Math.hypot(dy, dx) + 1e-9) row.wrong++;
  if (Math.max(...left.map(Math.abs)) > 1 - 1e-9) row.off++;
}

function print(label: readonly string[], row: Row): void {
  const registered = row.errors.length / 2;
  const figures = (values: readonly number[]) => (values.length > 0 ? rms(values).toFixed(2) : '-');
  const largest = row.errors.length > 0 ? Math.max(...row.errors.map(Math.abs)).toFixed(2) : '-';
  const counts = [row.count, registered, row.wrong, row.off, row.refused, row.untold];
  const cells = [
    ...counts.map(String),
    figures(row.errors),
    largest,
    figures(row.inSigmas),
    figures(row.placed),
  ];
  console.log(
    `${label[0].padEnd(5)} ${label[1].padEnd(8)} ${label[2].padEnd(7)} ${label[3].padEnd(10)}` +
      cells.map((cell) => cell.padStart(8)).join(''),
  );
}

/**
 * How exactly rescans of the simulated anode are registered, by dose, size, place and drift. A shift is mended up to a quarter
 * of the smaller side: small rescans that drifted farther are rightly refused.
 */
export async function registrationStudy(): Promise<void> {
  const heads = [
    'rescans',
    'told',
    'wrong',
    '≥ 1 px',
    'refused',
    'untold',
    'rms px',
    'largest',
    'err/σ',
    'placed',
  ];
  console.log(`${'dose  rescan   where   drift     '}${heads.map((head) => head.padStart(8)).join('')}`);
  for (const dose of [0.25, 0.5, 1]) {
    const passes = SEEDS.map((seed) => driftedRescans(SIZE, seed, dose, MARGIN));
    for (const side of SIDES)
      for (const where of ['border', 'inside'] as const)
        for (const [name, drifts] of Object.entries(DRIFTS)) {
          const row: Row = {
            count: 0,
            wrong: 0,
            off: 0,
            refused: 0,
            untold: 0,
            errors: [],
            inSigmas: [],
            placed: [],
          };
          for (const [k, { scan, rescan }] of passes.entries())
            for (const [n, [y, x]] of placesOf(side, where).entries()) {
              const dy = drifts[(n + k) % drifts.length];
              const dx = drifts[(n * 5 + 2 * k + 1) % drifts.length];
              const found = register(scan, rescan(FINE * y + dy, FINE * x + dx, side), { y, x });
              add(row, found, [dy / FINE, dx / FINE]);
            }
          print([String(dose), side.join(' × '), where, name], row);
        }
  }
}
