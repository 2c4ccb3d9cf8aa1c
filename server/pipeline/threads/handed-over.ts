/** The memory behind a message's arrays, which is handed over with it instead of being copied; shared memory stays where it is. */
export function handedOver(of: unknown): ArrayBuffer[] {
  if (ArrayBuffer.isView(of)) return of.buffer instanceof ArrayBuffer ? [of.buffer] : [];
  if (Array.isArray(of) && typeof of[0] === 'number') return [];
  return typeof of === 'object' && of !== null ? Object.values(of).flatMap(handedOver) : [];
}
