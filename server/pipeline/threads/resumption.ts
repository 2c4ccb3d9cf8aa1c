/** What is still wanted of a worker: live results, final maps too, or nothing for now. */
export type Wanted = 'live' | 'final' | undefined;

export type Resumption =
  | { type: 'measured'; first: number; count: number; pass: number }
  | { type: 'finalise' };

/**
 * Commands that inform a new worker of everything measured so far.
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
