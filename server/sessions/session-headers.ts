import { writeFile } from 'node:fs/promises';
import type { Scan } from '../../protocol/index.ts';
import { formatRippleHeader } from '../formats/text/ripple-header.ts';
import type { RescanRecord } from './rescans/rescan-record.ts';
import type { SessionDescription } from './session-description.ts';
import { sessionFiles } from './session-files.ts';

type Header = Parameters<typeof formatRippleHeader>[0];
/** Place of a header, and what it says. */
type Headers = [path: string, header: Header][];

/** Writes what other programs read beside the samples; each pass has files of its own, and the headers tell how many. */
export async function writeSessionHeaders(
  folder: string,
  { scan, passes, signals }: SessionDescription,
): Promise<void> {
  const { header } = sessionFiles(folder);
  await write(
    headersOf(
      scan,
      passes,
      signals.map(({ file }) => file),
      (part) => header(part ?? 'core'),
    ),
  );
}

export async function writeRescanHeaders(
  folder: string,
  { file, scan, signals }: Pick<RescanRecord, 'file' | 'scan' | 'signals'>,
): Promise<void> {
  const { header } = sessionFiles(folder).rescan(file);
  await write(
    headersOf(
      scan,
      1,
      signals.map((signal) => signal.file),
      header,
    ),
  );
}

/** @param place of the header of a part: undefined for the core, `low-loss`, a signal's file */
function headersOf(scan: Scan, passes: number, signals: string[], place: (part?: string) => string): Headers {
  const { lowLoss, shape, name: title } = scan;
  const { pixelSizeNm, dwellSeconds, beamKv, convergenceMrad, collectionMrad, simulated } = scan;
  const known = { pixelSizeNm, dwellSeconds, beamKv, convergenceMrad, collectionMrad, simulated };
  const shared = {
    shape,
    title,
    passes,
    ...Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined)),
  };
  const headers: Headers = [
    [place(), { ...shared, channels: scan.channels, dtype: scan.dtype, energy: scan.energy }],
    ...signals.map((file): Headers[number] => [place(file), { ...shared, channels: 1, dtype: 'f32' }]),
  ];
  if (lowLoss) headers.push([place('low-loss'), { ...shared, ...lowLoss }]);
  return headers;
}

async function write(headers: Headers): Promise<void> {
  for (const [path, header] of headers) await writeFile(path, formatRippleHeader(header));
}
