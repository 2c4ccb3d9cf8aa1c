import { register } from '../../server/analysis/registration.ts';
import { driftedRescans, FINE } from '../support/drifted-rescans.ts';

const SIZE = 48;
const SEEDS = [11, 12, 13, 14];
const SIDES: [number, number][] = [
  [12, 12],
  [16, 20],
  [28, 28],
];
/** Thirds of a pixel, 0 to 3 pixels, where the rescan has room for as much. */
const SHIFTS = [0, 1, -2, 3, -4, 5, -7, 8, -9];

const rms = (values: readonly number[]): number =>
  Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);

/** How exactly rescans of the simulated anode are registered, by dose and size; drifts of 0 to 3 pixels. */
export async function registrationStudy(): Promise<void> {
  console.log('dose  rescan   registered  rms error  largest  error/σ  not told, or refused');
  for (const dose of [0.25, 0.5, 1]) {
    const rows = SIDES.map((side) => ({
      side,
      errors: [] as number[],
      inSigmas: [] as number[],
      others: [] as string[],
    }));
    for (const seed of SEEDS) {
      const { scan, rescan } = driftedRescans(SIZE, seed, dose);
      for (const { side, errors, inSigmas, others } of rows)
        for (const [n, dy] of SHIFTS.entries()) {
          const dx = SHIFTS[(n * 5 + seed) % SHIFTS.length];
          const [y, x] = [5 + n, 14 - n];
          const found = register(scan, rescan(FINE * y + dy, FINE * x + dx, side), { y, x });
          if (found.verdict !== 'registered') {
            others.push(found.verdict);
            continue;
          }
          errors.push(found.y - dy / FINE, found.x - dx / FINE);
          inSigmas.push((found.y - dy / FINE) / found.sigmaY, (found.x - dx / FINE) / found.sigmaX);
        }
    }
    for (const { side, errors, inSigmas, others } of rows) {
      const largest = Math.max(...errors.map(Math.abs));
      const cells = [
        String(dose).padEnd(5),
        side.join(' × ').padEnd(9),
        `${errors.length / 2} of ${errors.length / 2 + others.length}`.padEnd(11),
        `${rms(errors).toFixed(3)} px`.padEnd(10),
        `${largest.toFixed(2)} px`.padEnd(8),
        rms(inSigmas).toFixed(2).padEnd(8),
        others.join(', '),
      ];
      console.log(cells.join(' '));
    }
  }
}
