import { setImmediate } from 'node:timers/promises';
import { type Memory, ownMemory, sharedMemory } from '../../analysis/math/memory.ts';
import type { CubeLayout } from '../../formats/cube.ts';
import type { Alignment } from '../reading/aligned-reader.ts';
import type { ReportTrouble } from '../threads/read-troubles.ts';
import { BlockQueue } from './block-queue.ts';
import { type Block, blocksOf, type FitInput } from './fit-input.ts';
import { type Own, type Part, type Shared, type StepName, stepOf } from './fit-steps.ts';
import { FitThread, type FitWorkerData, ThreadGone } from './fit-thread.ts';

/** Blocks that a thread is given at once, so that it does not wait for the next one. */
const AT_ONCE = 2;

/**
 * Runs the steps of a fit block by block, in this thread and in helpers. Parts come in the order of blocks, so that
 * sums of them do not depend on the number of threads.
 */
export class FitPool {
  /** For what steps write by pixel. */
  readonly memory: Memory;
  readonly #helpers: number;
  readonly #warning: (message: string) => void;
  readonly #trouble: (() => ReportTrouble) | undefined;
  #data: FitWorkerData | undefined;
  /** Begun with the first step. */
  #threads: FitThread[] | undefined;

  /**
   * @param data spectra for the helpers
   * @param helpers threads besides this one
   * @param warning called when a thread died
   * @param trouble creates the callback of a thread for read faults
   */
  constructor(
    data?: FitWorkerData,
    helpers = 0,
    warning: (message: string) => void = () => {},
    trouble?: () => ReportTrouble,
  ) {
    this.#data = data;
    this.#helpers = data ? helpers : 0;
    this.#warning = warning;
    this.#trouble = trouble;
    this.memory = this.#helpers > 0 ? sharedMemory : ownMemory;
  }

  get threads(): readonly FitThread[] {
    const data = this.#data;
    this.#threads ??= data
      ? Array.from({ length: this.#helpers }, () => new FitThread(data, this.#warning, this.#trouble?.()))
      : [];
    return this.#threads;
  }

  /**
   * A step over all blocks.
   * @param own what each block alone needs, by its index; called again when a thread died
   * @throws whatever a block fails with, or the reason of the input's signal
   */
  async *each<Name extends StepName>(
    input: FitInput,
    name: Name,
    shared: Shared<Name>,
    own?: (block: number) => Own<Name>,
  ): AsyncGenerator<Part<Name>> {
    const { threads } = this;
    const here = stepOf(name)(input, shared);
    const blocks = blocksOf(input.measured.length);
    const queue = new BlockQueue(blocks, 2 * (1 + AT_ONCE * threads.length));
    const results = blocks.map(() => new Deferred());
    const ownOf = ({ index }: Block) => own?.(index);
    const workOff = async (work: (block: Block) => Promise<unknown>) => {
      for (let block = await queue.take(); block; block = await queue.take())
        try {
          results[block.index].resolve(await work(block));
        } catch (error) {
          if (!(error instanceof ThreadGone)) results[block.index].reject(error);
          else return queue.putBack(block);
        }
    };
    const jobs: { thread: FitThread; job: number }[] = [];
    try {
      for (const thread of threads) {
        const job = thread.begin(name, input, shared);
        jobs.push({ thread, job });
        for (let n = 0; n < AT_ONCE; n++)
          void workOff((block) => thread.work(job, block, () => ownOf(block)));
      }
      void workOff(async (block) => {
        // Lets messages in, for instance a cancellation.
        await setImmediate();
        input.signal?.throwIfAborted();
        return here(block, ownOf(block));
      });
      for (const { promise } of results) {
        yield (await promise) as Part<Name>;
        queue.advance();
        input.signal?.throwIfAborted();
      }
    } finally {
      queue.close();
      for (const { thread, job } of jobs) thread.end(job);
    }
  }

  /** A step that writes into shared memory all there is of it. */
  async all<Name extends StepName>(
    input: FitInput,
    name: Name,
    shared: Shared<Name>,
    own?: (block: number) => Own<Name>,
  ): Promise<void> {
    for await (const _ of this.each(input, name, shared, own));
  }

  /** Where helpers can read it too, instead of a copy for each of them. */
  share<Numbers extends Uint8Array | Int16Array | Float32Array>(numbers: Numbers): Numbers {
    if (this.#helpers === 0) return numbers;
    const type = numbers.constructor as new (buffer: ArrayBufferLike) => Numbers;
    const shared = new type(this.memory(numbers.byteLength));
    shared.set(numbers);
    return shared;
  }

  /** There are further passes or rescans to read. */
  extend(core: CubeLayout): void {
    if (this.#data) this.#data = { ...this.#data, core };
    for (const thread of this.#threads ?? []) thread.extend(core);
  }

  align(alignment: Alignment): void {
    if (this.#data) this.#data = { ...this.#data, alignment };
    for (const thread of this.#threads ?? []) thread.align(alignment);
  }

  /** New pixels have priority from now on. */
  lowerThreadPriority(): void {
    if (this.#data) this.#data = { ...this.#data, hasLowPriority: true };
    for (const thread of this.#threads ?? []) thread.lowerThreadPriority();
  }

  /** Ends the threads, when no step is under way. */
  async close(): Promise<void> {
    await Promise.all((this.#threads ?? []).map((thread) => thread.close()));
  }
}

class Deferred {
  readonly promise: Promise<unknown>;
  resolve!: (value: unknown) => void;
  reject!: (reason: unknown) => void;

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    // Ignores failures of blocks of a cancelled step.
    this.promise.catch(() => {});
  }
}
