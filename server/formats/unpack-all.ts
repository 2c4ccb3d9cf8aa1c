import { InputError } from '../../protocol/index.ts';
import type { OpenOptions, ScanFile } from './format.ts';
import { openScanFile } from './formats.ts';

/**
 * Opens a finished file for who reads its spectra without following it (`openScanFile`), and unpacks them where they are packed.
 * @throws InputError also when spectra cannot be unpacked, or some are not there
 */
export async function openWholeScan(path: string, options: OpenOptions = {}): Promise<ScanFile> {
  const file = await openScanFile(path, options);
  const [fault] = await unpackAll(file);
  if (fault) throw fault;
  return file;
}

/**
 * Unpacks all spectra that a file holds, so that its layouts can be read; nothing to do where they can be read in place.
 * @returns what could not be unpacked, or is not there; its pixels read as 0
 */
export async function unpackAll({ unpack, scan }: ScanFile): Promise<InputError[]> {
  const faults: InputError[] = [];
  const pixels = scan.shape[0] * scan.shape[1];
  for (const unpacker of [unpack?.core, unpack?.lowLoss]) {
    if (!unpacker) continue;
    let complete = 0;
    const pieces = unpacker.look(performance.now(), true, Number.POSITIVE_INFINITY);
    let next = await pieces.next();
    for (; !next.done; next = await pieces.next()) for (const { count } of next.value) complete += count;
    unpacker.close();
    const { place, name } = unpacker.source;
    if (next.value.fault) faults.push(next.value.fault);
    else if (complete < pixels)
      faults.push(
        new InputError(place, name, `expected ${pixels} spectra, found ${complete} that are complete`),
      );
  }
  return faults;
}
