import { parentPort, workerData } from 'node:worker_threads';
import { useKernels } from '../../analysis/math/kernels.ts';
import { openCube } from '../../formats/reading/cube-reader.ts';
import { loadKernels } from '../../kernels/load.ts';
import type { ClassSums } from '../fit/class-spectra.ts';
import { FitPool } from '../fit/fit-pool.ts';
import { helpersOf } from '../fit/helper-count.ts';
import { AlignedReader } from '../reading/aligned-reader.ts';
import { collectGarbage } from '../threads/collect-garbage.ts';
import { faultText } from '../threads/fault-text.ts';
import { startHeartbeat } from '../threads/heartbeat.ts';
import { lowerThreadPriority } from '../threads/lower-thread-priority.ts';
import { forwardTroubles, started, threadReading } from '../threads/thread-messages.ts';
import { transferables } from '../threads/transferables.ts';
import { EdgeLearner } from './edge-learner.ts';
import type { LearnedCount, LearnedModel } from './learner.ts';
import type { LearnerCommand, LearnerReport, LearnerTask, LearnerWorkerData } from './learner-host.ts';

startHeartbeat();
useKernels(loadKernels());
const { core, shifts, alignment, exposed = { layout: core }, ...input } = workerData as LearnerWorkerData;
const report = (message: LearnerReport, memory: ArrayBuffer[] = []) =>
  parentPort?.postMessage(message, memory);
const reader = new AlignedReader(await openCube(core, threadReading(input.options.live)), shifts, alignment);
const pool = new FitPool(
  { core, shifts, live: input.options.live, ...(alignment && { alignment }) },
  helpersOf(input.scan, input.options),
  (message) => report({ type: 'warning', message }),
  forwardTroubles,
);
const learner = new EdgeLearner({ ...input, exposed }, reader, { pool });
const running = new Map<number, AbortController>();

parentPort?.on('message', (command: LearnerCommand) => {
  switch (command.type) {
    case 'extend':
      exposed.layout = command.core;
      for (const one of [reader, pool]) one.extend(command.core);
      break;
    case 'align':
      for (const one of [reader, pool]) one.align(command.alignment);
      break;
    case 'retune':
      learner.retune(command.edge, command.energy);
      break;
    case 'abandon':
      running.get(command.id)?.abort();
      break;
    default:
      void work(command.id, command);
  }
});

let hasLowPriority = false;

/** The answer to a cancelled task is not sent. */
async function work(id: number, task: LearnerTask): Promise<void> {
  // The first model keeps normal priority: all pixels wait for it.
  if (!hasLowPriority && (task.type !== 'fit' || task.task.shown)) {
    hasLowPriority = true;
    lowerThreadPriority();
    pool.lowerThreadPriority();
  }
  const controller = new AbortController();
  running.set(id, controller);
  try {
    const [answer, memory] = await learn(task, controller.signal);
    if (!controller.signal.aborted) report({ type: 'learned', id, answer }, memory);
  } catch (error) {
    if (!controller.signal.aborted) report({ type: 'failed', id, message: faultText(error) });
  } finally {
    running.delete(id);
  }
}

/** The answer, with the buffers to transfer. */
async function learn(
  of: LearnerTask,
  signal: AbortSignal,
): Promise<[LearnedModel | LearnedCount | ClassSums, ArrayBuffer[]]> {
  switch (of.type) {
    case 'fit': {
      collectGarbage();
      const answer = await learner.fit(of.task, signal);
      return [answer, transferables([answer.maps, answer.measured])];
    }
    case 'classes': {
      const answer = await learner.classes(of.task);
      const { classes } = answer.change ?? {};
      return [answer, transferables([classes?.labels, classes?.uncertainty, classes?.decisions])];
    }
    case 'sums':
      return [await learner.sums(of.task, signal), []];
  }
}

started();
