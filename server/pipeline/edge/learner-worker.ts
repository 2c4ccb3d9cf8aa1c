import { parentPort, workerData } from 'node:worker_threads';
import { useKernels } from '../../analysis/math/kernels.ts';
import { openCube } from '../../formats/cube-reader.ts';
import { loadKernels } from '../../kernels/load.ts';
import type { ClassSums } from '../fit/class-spectra.ts';
import { FitPool } from '../fit/fit-pool.ts';
import { helpersOf } from '../fit/helper-count.ts';
import { AlignedReader } from '../reading/aligned-reader.ts';
import { collectGarbage } from '../threads/collect-garbage.ts';
import { faultText } from '../threads/fault-text.ts';
import { giveWay } from '../threads/give-way.ts';
import { handedOver } from '../threads/handed-over.ts';
import { showAlive } from '../threads/heartbeat.ts';
import { passOn, started, threadReading } from '../threads/thread-words.ts';
import { EdgeLearner } from './edge-learner.ts';
import type { LearnedCount, LearnedModel } from './learner.ts';
import type { LearnerCommand, LearnerReport, LearnerTask, LearnerWorkerData } from './learner-host.ts';

showAlive();
useKernels(loadKernels());
const { core, shifts, alignment, exposed = { layout: core }, ...input } = workerData as LearnerWorkerData;
const report = (message: LearnerReport, memory: ArrayBuffer[] = []) =>
  parentPort?.postMessage(message, memory);
const reader = new AlignedReader(await openCube(core, threadReading(input.options.live)), shifts, alignment);
const pool = new FitPool(
  { core, shifts, live: input.options.live, ...(alignment && { alignment }) },
  helpersOf(input.scan, input.options),
  (message) => report({ type: 'warning', message }),
  passOn,
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

let givesWay = false;

/** An answer that nobody waits for any more is not sent. */
async function work(id: number, task: LearnerTask): Promise<void> {
  // All pixels wait for the first model: it has to come, however busy the machine is.
  if (!givesWay && (task.type !== 'fit' || task.task.shown)) {
    givesWay = true;
    giveWay();
    pool.giveWay();
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

/** The answer, and what of it is too large to be copied. */
async function learn(
  of: LearnerTask,
  signal: AbortSignal,
): Promise<[LearnedModel | LearnedCount | ClassSums, ArrayBuffer[]]> {
  switch (of.type) {
    case 'fit': {
      collectGarbage();
      const answer = await learner.fit(of.task, signal);
      return [answer, handedOver([answer.maps, answer.measured])];
    }
    case 'classes': {
      const answer = await learner.classes(of.task);
      const { classes } = answer.change ?? {};
      return [answer, handedOver([classes?.labels, classes?.uncertainty, classes?.decisions])];
    }
    case 'sums':
      return [await learner.sums(of.task, signal), []];
  }
}

started();
