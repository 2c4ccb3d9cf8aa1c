import { setTimeout as wait } from 'node:timers/promises';
import { BYTES_PER_SAMPLE, type DType, pixelCount, SAMPLE_ARRAYS } from '../../../protocol/index.ts';
import { type CubeLayout, passOf } from '../../formats/cube.ts';
import { openCube } from '../../formats/reading/cube-reader.ts';
import { recordCount, recordIndexOfPixel } from '../../formats/scan-order.ts';
import type { PixelSpan } from '../../sessions/passes/pixel-set.ts';
import { RecordingFault } from '../../sessions/recording-fault.ts';
import type { SessionWriter } from '../../sessions/session-writer.ts';
import { CubeGrowth } from '../growing/cube-growth.ts';
import type { ScanOrigin } from './scan-files.ts';

/** Samples that are copied at once; of image order, where every channel of a block is read by itself, more. */
const BLOCK_BYTES = { vector: 4 * 2 ** 20, image: 32 * 2 ** 20 };
/** What could not be written is tried again after this many ms. */
const RETRY_MS = 5000;
/** … so often where it is not the room that is missing. */
const MOST_TRIES = 3;
/** Files that cannot be read, or do not hold what was reported of them, are read again after this many ms … */
const AGAIN_MS = 250;
/** … so often: that they were rewritten is found before. */
const MOST_READS = 40;
/** Whatever the files hold is there. */
const AT_ONCE = { shrinkMs: 0, quietMs: 0, verifyMs: 0 };

export interface CountsCopierOptions {
  session: SessionWriter;
  origin: () => ScanOrigin;
  /** Has the session written by one at a time. */
  exclusively: <Result>(work: () => Promise<Result>) => Promise<Result>;
  /** Nothing can be written (`undefined`: it can again). */
  fault: (error: Error | undefined) => void;
  /** Leaves the rest. */
  signal: AbortSignal;
}

/** Copies spectra from the files they lie in into a session, as they become complete, without keeping anybody waiting. */
export class CountsCopier {
  readonly #options: CountsCopierOptions;
  readonly #due: { pass: number; span: PixelSpan }[] = [];
  #copying: Promise<void> = Promise.resolve();

  constructor(options: CountsCopierOptions) {
    this.#options = options;
  }

  /** Pixels of a pass that are complete. */
  add(pass: number, span: PixelSpan): void {
    // The first is being copied; what follows on the last is copied with it.
    const last = this.#due.length > 1 ? this.#due.at(-1) : undefined;
    if (last?.pass === pass && last.span.end === span.first) last.span = { ...last.span, end: span.end };
    else this.#due.push({ pass, span });
    this.#copying = this.#copying.then(() => this.#copyDue());
  }

  /**
   * Copies what is left, the scalar signals included.
   * @returns false where that was given up
   */
  async finish(): Promise<boolean> {
    await this.#copying;
    const isDone = this.#due.length === 0;
    return isDone && (await this.#persist(() => this.#copyScalars()));
  }

  async close(): Promise<void> {
    await this.#copying;
  }

  async #copyDue(): Promise<void> {
    for (let next = this.#due[0]; next && !this.#options.signal.aborted; next = this.#due[0]) {
      const { pass, span } = next;
      if (!(await this.#persist(() => this.#copy(pass, span)))) return;
      this.#due.shift();
    }
  }

  /** Tries again: without end while there is no room, else a few times, as when the files are gone. */
  async #persist(work: () => Promise<void>): Promise<boolean> {
    const { signal, fault } = this.#options;
    for (let tries = 1; !signal.aborted; tries++)
      try {
        await work();
        fault(undefined);
        return true;
      } catch (error) {
        fault(error as Error);
        const isFull = ['ENOSPC', 'EDQUOT'].includes((causeOf(error) as NodeJS.ErrnoException).code ?? '');
        if (!isFull && tries >= MOST_TRIES) return false;
        await wait(RETRY_MS, undefined, { signal }).catch(() => {});
      }
    return false;
  }

  async #copy(pass: number, { first, end }: PixelSpan): Promise<void> {
    const { session, signal, exclusively } = this.#options;
    const { core, lowLoss } = this.#options.origin().file;
    const layouts = [core, ...(lowLoss ? [lowLoss] : [])].map((layout) => passOf(layout, pass));
    const readers = await Promise.all(layouts.map((layout) => openCube(layout, { patienceMs: 0 })));
    const pixelBytes = core.channels * BYTES_PER_SAMPLE[core.dtype];
    const step = Math.max(1, Math.floor(BLOCK_BYTES[core.recordBy] / pixelBytes));
    try {
      for (let from = first; from < end && !signal.aborted; from += step) {
        const to = Math.min(from + step, end);
        const parts = await this.#readIntact(async () => {
          const read: Uint8Array[] = [];
          for (const [index, { channels, dtype }] of layouts.entries()) {
            const samples = roomFor(dtype, (to - from) * channels);
            await readers[index].read(from, to - from, 0, channels, samples);
            read.push(encode(samples, dtype));
          }
          return read;
        });
        if (!parts) return;
        await exclusively(async () => {
          const writer = (await session.beginPass(pass)).pass;
          const { conflict } = await writer.write({ first: from, end: to }, parts, new Map());
          if (conflict !== undefined)
            throw new Error(`pixel ${conflict} was copied before with other counts, which are kept`);
        });
      }
    } finally {
      for (const reader of readers) await reader.close();
    }
    await session.sync();
  }

  /**
   * Reads until it is sure that what was read belongs to the scan: its file may hold another one since.
   * @returns undefined where the rest is left
   */
  async #readIntact(read: () => Promise<Uint8Array[]>): Promise<Uint8Array[] | undefined> {
    const { signal, origin } = this.#options;
    for (let reads = 1; !signal.aborted; reads++) {
      let fault = new Error(`${origin().path} no longer holds the spectra that it held`);
      try {
        const parts = await read();
        if ((await origin().isIntact?.()) !== false) return parts;
      } catch (error) {
        fault = error as Error;
      }
      if (reads >= MOST_READS) throw fault;
      await wait(AGAIN_MS, undefined, { signal }).catch(() => {});
    }
    return undefined;
  }

  async #copyScalars(): Promise<void> {
    const { session, exclusively } = this.#options;
    const { scalars } = this.#options.origin().file;
    for (const { name, cube } of scalars)
      for (const pass of cube.paths.keys()) {
        const values = await scalarValues(cube, pass);
        await exclusively(async () => {
          const [signal] = await session.numbersOf([name]);
          await (await session.beginPass(pass)).pass.writeValues(signal, 0, values);
        });
      }
  }
}

/** Values of a scalar signal in one pass by pixel, NaN where the file does not reach. */
export async function scalarValues(cube: CubeLayout, pass: number): Promise<Float32Array> {
  const own = passOf(cube, pass);
  const values = new Float32Array(pixelCount(cube)).fill(Number.NaN);
  const growth = new CubeGrowth(own, cube.recordBy === 'vector', true, AT_ONCE);
  if ((await growth.look(0)) === 'absent') return values;
  const records = Math.min(growth.records(0), recordCount(own));
  const passes = Uint8Array.from(values, (_, pixel) => (recordIndexOfPixel(own, pixel) < records ? 1 : 0));
  const reader = await openCube(own);
  try {
    await reader.read(0, values.length, 0, 1, values, passes);
  } finally {
    await reader.close();
  }
  for (let pixel = 0; pixel < values.length; pixel++) if (passes[pixel] === 0) values[pixel] = Number.NaN;
  return values;
}

/** Room that holds samples of the type exactly. */
const roomFor = (dtype: DType, samples: number): Float32Array | Float64Array =>
  ['u32', 'i32', 'f64'].includes(dtype) ? new Float64Array(samples) : new Float32Array(samples);

/** Samples as they lie in a session: of the scan's own type, little endian. */
function encode(samples: Float32Array | Float64Array, dtype: DType): Uint8Array {
  const typed = new SAMPLE_ARRAYS[dtype](samples);
  return new Uint8Array(typed.buffer, typed.byteOffset, typed.byteLength);
}

/** Of what a full disk has made a session lose, the system's own error. */
const causeOf = (error: unknown): unknown =>
  error instanceof RecordingFault ? (error.cause ?? error) : error;
