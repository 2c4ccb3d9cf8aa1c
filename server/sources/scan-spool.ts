import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BYTES_PER_SAMPLE, InputError, pixelCount, type Scan } from '../../protocol/index.ts';
import { type IngestScan, MAX_SCALAR_CHANNELS, scanOf } from '../../protocol/ingest.ts';
import type { CubeLayout } from '../formats/cube.ts';
import { type BootMark, bootMark, isSameBoot } from './boot-mark.ts';
import { IngestFault } from './ingest-fault.ts';
import type { ScanOpening } from './source.ts';
import { corePath, lowLossPath, type RecordSize, SpoolPass } from './spool-pass.ts';

/** What must not differ when a producer goes on with a scan. */
type Geometry = Pick<IngestScan, 'shape' | 'channels' | 'energy' | 'dtype' | 'order'> &
  Partial<Pick<IngestScan, 'lowLoss'>>;

interface Manifest {
  format: 1;
  id: string;
  geometry: Geometry;
  boot: BootMark;
  /** Passes that have files. */
  passes: number;
  /** Names of the scalar signals, whose files are numbered. */
  scalars: string[];
}

/** The files a pushed scan is kept in, one folder per scan: they can be read at any time and be gone on with later. */
export class ScanSpool {
  readonly id: string;
  readonly scan: Scan;
  readonly folder: string;
  readonly #manifest: Manifest;
  readonly #sameBoot: boolean;
  readonly #passes: (SpoolPass | undefined)[] = [];
  #announcedPasses: number;

  private constructor(folder: string, message: IngestScan, manifest: Manifest, sameBoot: boolean) {
    this.id = message.id;
    this.scan = scanOf(message);
    this.folder = folder;
    this.#manifest = manifest;
    this.#sameBoot = sameBoot;
    this.#announcedPasses = Math.max(message.passes ?? 1, message.pass + 1, manifest.passes);
  }

  /**
   * Opens the spool of a scan below `root`; what an earlier run of the monitor wrote there is taken up again.
   * @throws IngestFault when that was a scan of another geometry
   */
  static async open(root: string, message: IngestScan): Promise<ScanSpool> {
    const folder = join(root, folderName(message.id));
    await mkdir(folder, { recursive: true });
    const boot = bootMark();
    const found = await readManifest(folder);
    if (found) checkGeometry(found.geometry, message);
    const manifest: Manifest = {
      format: 1,
      id: message.id,
      geometry: geometryOf(message),
      boot,
      passes: found?.passes ?? 0,
      scalars: found?.scalars ?? [],
    };
    const spool = new ScanSpool(
      folder,
      message,
      manifest,
      found === undefined || isSameBoot(found.boot, boot),
    );
    // Every pass is opened before the new mark is written: its ledger is cut by the old one.
    for (let pass = 0; pass < manifest.passes; pass++) await spool.#open(pass);
    await spool.#writeManifest();
    return spool;
  }

  /** What the rest of the monitor is told: where the spectra can be read. */
  get opening(): ScanOpening {
    const { lowLoss } = this.scan;
    const layout = (
      path: typeof corePath,
      { channels, dtype }: Pick<Scan, 'channels' | 'dtype'>,
    ): CubeLayout => ({
      paths: Array.from({ length: this.#announcedPasses }, (_, pass) => path(this.folder, pass)),
      byteOffset: 0,
      dtype,
      littleEndian: true,
      recordBy: 'vector',
      shape: this.scan.shape,
      channels,
      order: this.order,
      flybackColumns: 0,
    });
    return {
      scan: this.scan,
      core: layout(corePath, this.scan),
      ...(lowLoss && { lowLoss: layout(lowLossPath, lowLoss) }),
    };
  }

  get order(): IngestScan['order'] {
    return this.#manifest.geometry.order;
  }

  /** Bytes of one pixel in the core and in the low loss (0 without one). */
  get recordSize(): RecordSize {
    const { channels, dtype, lowLoss } = this.scan;
    return {
      core: channels * BYTES_PER_SAMPLE[dtype],
      lowLoss: lowLoss ? lowLoss.channels * BYTES_PER_SAMPLE[lowLoss.dtype] : 0,
    };
  }

  /** Passes that have been begun, with their numbers. */
  *passes(): Generator<[number, SpoolPass]> {
    for (const [number, pass] of this.#passes.entries()) if (pass) yield [number, pass];
  }

  /** @throws IngestFault naming what differs */
  checkGeometry(message: IngestScan): void {
    checkGeometry(this.#manifest.geometry, message);
  }

  /** @returns the pass, and whether the opening names more files than before */
  async beginPass(number: number): Promise<{ pass: SpoolPass; isNews: boolean }> {
    const isNews = number >= this.#announcedPasses;
    this.#announcedPasses = Math.max(this.#announcedPasses, number + 1);
    if (number >= this.#manifest.passes) {
      for (let each = this.#manifest.passes; each <= number; each++) await this.#open(each);
      this.#manifest.passes = number + 1;
      await this.#writeManifest();
    }
    return { pass: this.#passes[number] as SpoolPass, isNews };
  }

  /** Names of the scalar signals; the place of each is its number. */
  get scalars(): readonly string[] {
    return this.#manifest.scalars;
  }

  /**
   * Number of each scalar signal, new ones among them.
   * @throws IngestFault when a scan has too many of them: each costs a file for every pass, and a map
   */
  async numbersOf(names: string[]): Promise<number[]> {
    const { scalars } = this.#manifest;
    const known = scalars.length;
    // The dwell time is kept as one of them, and is not limited.
    const channels = new Set([...scalars, ...names].filter((name) => name !== 'dwell'));
    const added = [...new Set(names)].filter((name) => !scalars.includes(name));
    if (added.length > 0 && channels.size > MAX_SCALAR_CHANNELS)
      throw new IngestFault(
        'message',
        `spectra: channels: expected at most ${MAX_SCALAR_CHANNELS} names in a scan, found also "${added[0]}"`,
      );
    if (added.length > 0) {
      scalars.push(...added);
      await this.#writeManifest().catch((error) => {
        // A number that is not on disk would be given to another name after a restart.
        scalars.length = known;
        throw error;
      });
    }
    return names.map((name) => scalars.indexOf(name));
  }

  async sync(): Promise<void> {
    for (const [, pass] of this.passes()) await pass.sync();
  }

  async close(): Promise<void> {
    for (const [, pass] of this.passes()) await pass.close();
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  async #open(pass: number): Promise<void> {
    const records = pixelCount(this.scan);
    this.#passes[pass] = await SpoolPass.open(this.folder, pass, records, this.recordSize, this.#sameBoot);
  }

  async #writeManifest(): Promise<void> {
    const path = join(this.folder, MANIFEST);
    await writeFile(`${path}.new`, JSON.stringify(this.#manifest), { flush: true });
    await rename(`${path}.new`, path);
  }
}

const MANIFEST = 'scan.json';

/** Readable, and different for different ids whatever characters they hold. */
function folderName(id: string): string {
  const readable = id
    .replaceAll(/[^\w.-]+/g, '_')
    .replace(/^\.+/, '')
    .slice(0, 40);
  return `${readable}-${createHash('sha256').update(id).digest('hex').slice(0, 12)}`;
}

const geometryOf = ({ shape, channels, energy, dtype, order, lowLoss }: IngestScan): Geometry => ({
  shape,
  channels,
  energy,
  dtype,
  order,
  ...(lowLoss && { lowLoss }),
});

function checkGeometry(known: Geometry, message: IngestScan): void {
  const wanted = geometryOf(message);
  for (const field of ['shape', 'channels', 'energy', 'dtype', 'order', 'lowLoss'] as const) {
    const [before, now] = [JSON.stringify(known[field]), JSON.stringify(wanted[field])];
    if (before !== now)
      throw new IngestFault(
        'geometry',
        `scan: ${field}: expected ${before} as when "${message.id}" began, found ${now}`,
      );
  }
}

async function readManifest(folder: string): Promise<Manifest | undefined> {
  try {
    const manifest: Manifest = JSON.parse(await readFile(join(folder, MANIFEST), 'utf8'));
    return manifest.format === 1 ? manifest : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new InputError(join(folder, MANIFEST), 'file', 'expected the description of a scan', {
      cause: error,
    });
  }
}
