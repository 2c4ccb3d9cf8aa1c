import { BYTES_PER_SAMPLE } from '../../../protocol/index.ts';
import type { CubeLayout } from '../../formats/cube.ts';
import { recordCount } from '../../formats/scan-order.ts';
import { GrowingFile, type GrowthTimes, type Sighting } from './growing-file.ts';

/** How far a cube is written: complete records of each pass, in the order of acquisition. */
export class CubeGrowth {
  /** One for each pass; none for what does not grow. */
  readonly #files: GrowingFile[];
  readonly #records: number;

  /**
   * @param grows false for files that were complete when they were opened
   * @param finished the files grow no more, complete or not
   */
  constructor(cube: CubeLayout, grows: boolean, finished: boolean, times: GrowthTimes) {
    const sampleBytes = BYTES_PER_SAMPLE[cube.dtype];
    this.#records = recordCount(cube);
    const layout = {
      byteOffset: cube.byteOffset,
      recordBytes: cube.channels * sampleBytes,
      recordsPerRow: cube.shape[1] + cube.flybackColumns,
      records: this.#records,
      sampleBytes,
    };
    this.#files = grows
      ? cube.paths.map((path) => new GrowingFile({ path, ...layout }, times, finished))
      : [];
  }

  /** Complete records of a pass. */
  records(pass: number): number {
    return this.#files.length === 0 ? this.#records : this.#files[pass].records;
  }

  get inferred(): boolean {
    return this.#files.some((file) => file.inferred);
  }

  /** A file that holds more than the scan has room for. */
  get overfull(): { path: string; bytes: number } | undefined {
    const file = this.#files.find(({ excessBytes }) => excessBytes > 0);
    return file && { path: file.layout.path, bytes: file.excessBytes };
  }

  /** The files have other names from now on. */
  moveTo(paths: readonly string[]): void {
    for (const [pass, file] of this.#files.entries()) file.moveTo(paths[pass]);
  }

  /** Whether the files still hold the records that were taken. */
  async isIntact(): Promise<boolean> {
    for (const file of this.#files) if (!(await file.isIntact())) return false;
    return true;
  }

  /** The worst that is seen of any pass; a later pass that is not there yet is no news. */
  async look(now: number): Promise<Sighting> {
    const sightings: Sighting[] = [];
    for (const [pass, file] of this.#files.entries()) {
      const sighting = await file.look(now);
      if (sighting !== 'absent' || pass === 0 || file.records > 0) sightings.push(sighting);
    }
    const worst: Sighting[] = ['rewritten', 'absent', 'changed'];
    return worst.find((sighting) => sightings.includes(sighting)) ?? 'same';
  }
}
