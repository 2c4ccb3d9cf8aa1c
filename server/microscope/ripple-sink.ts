import { dirname } from 'node:path';
import { makeFolder } from '../formats/files/make-folder.ts';
import { createRippleWriter, type RippleHeader } from '../formats/text/ripple-writer.ts';
import type { Acquirable } from './acquirable.ts';
import type { RowSink } from './acquire.ts';
import { BEAM } from './beam.ts';

const bytesOf = (samples: ArrayBufferView): Uint8Array =>
  new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);

/**
 * Writes a scan as growing Ripple files: `${stem}.rpl` and `.raw` with the core loss, `${stem}.low-loss` and
 * `${stem}.haadf` beside them. The companions are begun first and get each row first, so that a reader who sees a
 * spectrum finds what belongs to it.
 */
export async function createRippleSink(
  stem: string,
  scan: Acquirable,
  dwellSeconds: number,
): Promise<RowSink> {
  await makeFolder(dirname(stem));
  const header = (
    title: string,
    part: Pick<RippleHeader, 'channels' | 'dtype' | 'energy'>,
  ): RippleHeader => ({
    shape: scan.shape,
    ...part,
    pixelSizeNm: scan.pixelSizeNm,
    ...(dwellSeconds > 0 ? { dwellSeconds } : {}),
    ...BEAM,
    order: scan.order,
    flybackColumns: scan.flybackColumns,
    passes: scan.passes,
    simulated: true,
    title: `Simulated Si-C-O anode, ${title}`,
  });
  const { core, lowLoss } = scan.model;
  const haadfWriter = await createRippleWriter(
    `${stem}.haadf`,
    header('HAADF', { channels: 1, dtype: 'f32' }),
  );
  const lowLossWriter = scan.withLowLoss
    ? await createRippleWriter(`${stem}.low-loss`, header('low loss', { ...lowLoss, dtype: scan.dtype }))
    : undefined;
  const coreWriter = await createRippleWriter(stem, header('core loss', { ...core, dtype: scan.dtype }));
  return {
    async write(row, _index, pass) {
      await haadfWriter.append(bytesOf(row.haadf), pass);
      if (row.lowLoss) await lowLossWriter?.append(bytesOf(row.lowLoss), pass);
      await coreWriter.append(bytesOf(row.core), pass);
    },
    async close() {
      await haadfWriter.close();
      await lowLossWriter?.close();
      await coreWriter.close();
    },
  };
}
