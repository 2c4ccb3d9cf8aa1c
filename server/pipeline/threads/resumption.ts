import { BY_RESCANS_ALONE } from '../../formats/patched-reader.ts';

/** What is still wanted of a worker: that it follows the scan, its final maps too, or nothing more for now. */
export type Wanted = 'live' | 'final' | undefined;

export type Resumption =
  | { type: 'measured'; first: number; count: number; pass: number }
  | { type: 'finalise' };

/** Stands for the pass in which pixels are measured by a rescan. */
export const RESCAN = BY_RESCANS_ALONE - 1;

/**
 * Notes that pixels [first, first + count) are complete in pass `pass`, from 0, or measured by a rescan.
 * @param measured passes that are complete at each pixel; `BY_RESCANS_ALONE` where there are none
 */
export function cover(measured: Uint8Array, first: number, count: number, pass: number): void {
  for (let pixel = first; pixel < first + count; pixel++) {
    const before = measured[pixel];
    if (pass === RESCAN) measured[pixel] = before || BY_RESCANS_ALONE;
    else measured[pixel] = before === BY_RESCANS_ALONE ? pass + 1 : Math.max(before, pass + 1);
  }
}

/**
 * Commands that tell a fresh worker of everything measured so far.
 * @param measured passes that are complete at each pixel
 */
export function resumption(measured: Uint8Array, wanted: Wanted): Resumption[] | undefined {
  if (wanted === undefined) return undefined;
  const commands: Resumption[] = [];
  for (let first = 0, end = 0; first < measured.length; first = end) {
    while (end < measured.length && measured[end] === measured[first]) end++;
    if (measured[first] > 0)
      commands.push({ type: 'measured', first, count: end - first, pass: measured[first] - 1 });
  }
  if (wanted === 'final') commands.push({ type: 'finalise' });
  return commands;
}
