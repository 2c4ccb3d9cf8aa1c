import { type FileHandle, open, rename, writeFile } from 'node:fs/promises';
import { formatRippleHeader, type RippleHeader } from './ripple-header.ts';

export type { RippleHeader } from './ripple-header.ts';

/** Writes the samples of a Ripple file; one call after the other. */
export interface RippleWriter {
  /** Appends bytes to a pass (default 0): any number of them, also parts of a spectrum. */
  append(data: Uint8Array, pass?: number): Promise<void>;
  close(): Promise<void>;
}

/** Path of the samples of a pass (from 0) beside `${stem}.rpl`. */
export const rippleRawPath = (stem: string, pass = 0): string =>
  pass === 0 ? `${stem}.raw` : `${stem}.pass${pass}.raw`;

/**
 * Begins a Ripple file that grows while the scan runs: `${stem}.raw`, empty, and then `${stem}.rpl` with the final
 * shape, which appears at once and complete. Companions (`${stem}.low-loss`, `${stem}.haadf` …) are to be begun
 * before the scan itself, whose `.rpl` is the sign for readers that the scan begins.
 */
export async function createRippleWriter(stem: string, header: RippleHeader): Promise<RippleWriter> {
  const files: (FileHandle | undefined)[] = [await open(rippleRawPath(stem), 'w')];
  await writeFile(`${stem}.rpl.part`, formatRippleHeader(header));
  await rename(`${stem}.rpl.part`, `${stem}.rpl`);
  return {
    async append(data, pass = 0) {
      files[pass] ??= await open(rippleRawPath(stem, pass), 'w');
      await files[pass].appendFile(data);
    },
    async close() {
      for (const file of files.splice(0)) await file?.close();
    },
  };
}
