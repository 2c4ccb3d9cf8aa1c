/** Buffers of a message's arrays, to be transferred instead of copied; shared memory is left out. */
export function transferables(of: unknown): ArrayBuffer[] {
  if (ArrayBuffer.isView(of)) return of.buffer instanceof ArrayBuffer ? [of.buffer] : [];
  if (Array.isArray(of) && typeof of[0] === 'number') return [];
  return typeof of === 'object' && of !== null ? Object.values(of).flatMap(transferables) : [];
}
