import { setImmediate } from 'node:timers/promises';
import { type Memory, ownMemory, sharedMemory } from '../../analysis/math/memory.ts';
import type { CubeLayout } from '../../formats/cube.ts';
import type { Alignment } from '../reading/aligned-reader.ts';
import type { TellTrouble } from '../threads/read-troubles.ts';
import { BlockQueue } from './block-queue.ts';
import { type Block, blocksOf, type FitInput } from './fit-input.ts';
import { type Own, type Part, type Shared, type StepName, stepOf } from './fit-steps.ts';
import { FitThread, type FitWorkerData, ThreadGone } from './fit-thread.ts';

/** Blocks that a thread is given at once, so that it does not wait for the next one. */
const AT_ONCE = 2;

/**
 * Does the steps of a fit block by block, in this thread and in those that help it. Parts come in the order of blocks,
 * whoever did them: what is added up from them does not depend on the number of threads.
 */
export class FitPool {
  /** For what steps write by pixel. */
  readonly memory: Memory;
  readonly #helpers: number;
  readonly #warning: (message: string) => void;
  readonly #trouble: (() => TellTrouble) | undefined;
  #data: FitWorkerData | undefined;
  /** Begun with the first step. */
  #threads: FitThread[] | undefined;

  /**
   * @param data where helpers find the spectra
   * @param helpers threads beside this one
   * @param warning is told of a thread that has died
   * @param trouble for each thread, what is told what is in the way of reading
   */
  constructor(
    data?: FitWorkerData,
    helpers = 0,
    warning: (message: string) => void = () => {},
    trouble?: () => TellTrouble,
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
   * @param own what each block alone needs, by its index; asked again when a thread has died
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
        // Messages are heard in between, also that the fit is not wanted any more.
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

  /** New pixels go first from now on. */
  giveWay(): void {
    if (this.#data) this.#data = { ...this.#data, givesWay: true };
    for (const thread of this.#threads ?? []) thread.giveWay();
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
    // A block that fails after the step was given up is nobody's concern.
    this.promise.catch(() => {});
  }
}
