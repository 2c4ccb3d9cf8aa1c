import { InputError } from '../../../protocol/index.ts';
import type { OpenOptions, ScanFile } from '../format.ts';
import { openScanFile } from '../formats.ts';

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
export const unpackAll = async (file: ScanFile): Promise<InputError[]> => (await unpackMeasured(file)).faults;

/** The same, with which pixels are complete (1), core and low loss; undefined where nothing had to be unpacked. */
export async function unpackMeasured({
  unpack,
  scan,
}: ScanFile): Promise<{ faults: InputError[]; measured?: Uint8Array }> {
  if (!unpack) return { faults: [] };
  const faults: InputError[] = [];
  const pixels = scan.shape[0] * scan.shape[1];
  const measured = new Uint8Array(pixels).fill(1);
  for (const unpacker of [unpack.core, unpack.lowLoss]) {
    if (!unpacker) continue;
    const complete = new Uint8Array(pixels);
    const pieces = unpacker.look(performance.now(), true, Number.POSITIVE_INFINITY);
    let next = await pieces.next();
    for (; !next.done; next = await pieces.next())
      for (const { first, count } of next.value) complete.fill(1, first, first + count);
    unpacker.close();
    for (let pixel = 0; pixel < pixels; pixel++) measured[pixel] &= complete[pixel];
    const { place, name } = unpacker.source;
    const found = complete.reduce((sum, one) => sum + one, 0);
    if (next.value.fault) faults.push(next.value.fault);
    else if (found < pixels)
      faults.push(
        new InputError(place, name, `expected ${pixels} spectra, found ${found} that are complete`),
      );
  }
  return { faults, measured };
}
