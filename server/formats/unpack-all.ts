import type { InputError } from '../../protocol/index.ts';
import type { ScanFile } from './format.ts';

/**
 * Unpacks all spectra that a file holds, so that its layouts can be read; for who reads a finished file without following it.
 * Nothing to do for files whose spectra can be read in place.
 * @returns what could not be unpacked; its pixels read as 0
 */
export async function unpackAll({ unpack }: ScanFile): Promise<InputError[]> {
  const faults: InputError[] = [];
  for (const unpacker of [unpack?.core, unpack?.lowLoss]) {
    if (!unpacker) continue;
    const pieces = unpacker.look(performance.now(), true, Number.POSITIVE_INFINITY);
    let next = await pieces.next();
    while (!next.done) next = await pieces.next();
    if (next.value.fault) faults.push(next.value.fault);
  }
  return faults;
}
