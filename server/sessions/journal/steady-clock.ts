/**
 * A clock that shows the time of day at its making and goes on evenly from there, whatever happens to the machine's clock.
 * @returns whole milliseconds since 1970
 */
export function steadyClock(): () => number {
  const offset = Date.now() - performance.now();
  return () => Math.round(performance.now() + offset);
}
