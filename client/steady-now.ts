/**
 * Milliseconds since 1970 by the clock as it was when the page was opened: it goes on evenly when somebody sets the clock, so ages
 * and waits that are reckoned with it stay right.
 */
export const steadyNow = (): number => performance.timeOrigin + performance.now();
