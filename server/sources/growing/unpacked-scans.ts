import type { ScanFile } from '../../formats/format.ts';

type Unpack = NonNullable<ScanFile['unpack']>;

/** Scans whose unpacked spectra are kept: the one in progress, and those that may still be analysed to their end. */
const KEPT = 4;

/** The unpacked spectra that a source leaves behind, on disk: those of the last few scans. */
export class UnpackedScans {
  readonly #scans: Unpack[] = [];

  /** Takes up those of a new scan, where it has any, and deletes the oldest. */
  async add(unpack: Unpack | undefined): Promise<void> {
    if (unpack) this.#scans.push(unpack);
    while (this.#scans.length > KEPT) {
      const oldest = this.#scans.shift();
      await oldest?.core.remove();
      await oldest?.lowLoss?.remove();
    }
  }
}
