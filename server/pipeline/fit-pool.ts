import { setImmediate } from 'node:timers/promises';
import { type Memory, ownMemory, sharedMemory } from '../analysis/memory.ts';
import type { Alignment } from './aligned-reader.ts';
import { type Block, blocksOf, type FitInput } from './fit-input.ts';
import { type Own, type Part, type Shared, type StepName, stepOf } from './fit-steps.ts';
import { FitThread, type FitWorkerData, ThreadGone } from './fit-thread.ts';

/** Blocks that a thread is given at once, so that it does not wait for the next one. */
const AHEAD = 2;

interface Awaited {
  part: Promise<unknown>;
  resolve: (part: unknown) => void;
  reject: (reason: unknown) => void;
}

/**
 * Does the steps of a fit block by block, in this thread and in those that help it. Parts come in the order of blocks,
 * whoever did them: what is added up from them does not depend on the number of threads.
 */
export class FitPool {
  readonly threads: readonly FitThread[];
  /** For what steps write by pixel. */
  readonly memory: Memory;

  /**
   * @param helpers threads beside this one
   * @param warning is told of a thread that has died
   */
  constructor(data?: FitWorkerData, helpers = 0, warning: (message: string) => void = () => {}) {
    this.threads = data ? Array.from({ length: helpers }, () => new FitThread(data, warning)) : [];
    this.memory = this.threads.length > 0 ? sharedMemory : ownMemory;
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
    const step = stepOf(name);
    const here = step(input, shared);
    const blocks = blocksOf(input.measured.length);
    const results = blocks.map(awaited);
    const ownOf = ({ index }: Block) => own?.(index);
    let next = 0;
    const workOff = async (work: (block: Block) => Promise<unknown>) => {
      for (let block = blocks[next++]; block; block = blocks[next++])
        await work(block).then(results[block.index].resolve, results[block.index].reject);
    };
    const jobs = this.threads.map((thread) => ({ thread, job: thread.begin(name, input, shared) }));
    for (const { thread, job } of jobs)
      for (let n = 0; n < AHEAD; n++)
        void workOff((block) =>
          thread
            .work(job, block, () => ownOf(block))
            .catch((error: unknown) => {
              if (!(error instanceof ThreadGone)) throw error;
              return step(input, shared)(block, ownOf(block));
            }),
        );
    void workOff(async (block) => {
      // Messages are heard in between, also that the fit is not wanted any more.
      await setImmediate();
      input.signal?.throwIfAborted();
      return here(block, ownOf(block));
    });
    try {
      for (const { part } of results) {
        yield (await part) as Part<Name>;
        input.signal?.throwIfAborted();
      }
    } finally {
      next = blocks.length;
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

  /** There are files of a further pass to read. */
  extend(paths: string[]): void {
    for (const thread of this.threads) thread.extend(paths);
  }

  align(alignment: Alignment): void {
    for (const thread of this.threads) thread.align(alignment);
  }

  async close(): Promise<void> {
    await Promise.all(this.threads.map((thread) => thread.close()));
  }
}

function awaited(): Awaited {
  const deferred: Partial<Awaited> = {};
  const part = new Promise<unknown>((resolve, reject) => Object.assign(deferred, { resolve, reject }));
  // One that fails after the step was given up is nobody's concern.
  part.catch(() => {});
  return Object.assign(deferred, { part }) as Awaited;
}
