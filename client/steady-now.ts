/**
 * Milliseconds since 1970 by a clock that was set when the page was opened and is never adjusted, so that differences stay right
 * when the system clock is changed.
 */
export const steadyNow = (): number => performance.timeOrigin + performance.now();
