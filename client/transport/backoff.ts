const FIRST_MS = 500;
const LONGEST_MS = 15_000;

/**
 * How long to wait before attempt `attempt` (from 1) to connect again: doubled each time up to 15 s, then between half
 * and all of it at random, so that many dashboards do not come back in one instant.
 * @param random uniform in [0, 1)
 */
export function backoffMs(attempt: number, random: () => number): number {
  const full = Math.min(FIRST_MS * 2 ** Math.max(0, attempt - 1), LONGEST_MS);
  return full / 2 + (full / 2) * random();
}
