import { parentPort, workerData } from 'node:worker_threads';
import { useKernels } from '../../analysis/math/kernels.ts';
import { openCube } from '../../formats/reading/cube-reader.ts';
import { loadKernels } from '../../kernels/load.ts';
import { AlignedReader } from '../reading/aligned-reader.ts';
import { faultText } from '../threads/fault-text.ts';
import { startHeartbeat } from '../threads/heartbeat.ts';
import { lowerThreadPriority } from '../threads/lower-thread-priority.ts';
import { started, threadReading } from '../threads/thread-messages.ts';
import { transferables } from '../threads/transferables.ts';
import type { Block } from './fit-input.ts';
import { stepOf } from './fit-steps.ts';
import type { FitCommand, FitReport, FitWorkerData } from './fit-thread.ts';

startHeartbeat();
useKernels(loadKernels());
const { core, shifts, alignment, live = true, hasLowPriority } = workerData as FitWorkerData;
if (hasLowPriority) lowerThreadPriority();
const reader = new AlignedReader(await openCube(core, threadReading(live)), shifts, alignment);
const jobs = new Map<number, ReturnType<ReturnType<typeof stepOf>>>();
const report = (message: FitReport) => parentPort?.postMessage(message, transferables(message));

/** Blocks run one after the other: those of a step share its buffers. */
let working: Promise<void> = Promise.resolve();

parentPort?.on('message', (command: FitCommand) => {
  switch (command.type) {
    case 'begin':
      jobs.set(command.job, stepOf(command.step)({ ...command.subject, reader }, command.shared));
      break;
    case 'block':
      working = working.then(() => work(command.job, command.block, command.own));
      break;
    case 'end':
      jobs.delete(command.job);
      break;
    case 'extend':
      reader.extend(command.core);
      break;
    case 'align':
      reader.align(command.alignment);
      break;
    case 'give way':
      lowerThreadPriority();
      break;
  }
});

async function work(job: number, block: Block, own: unknown): Promise<void> {
  const { index } = block;
  const step = jobs.get(job);
  // The step ended or was cancelled.
  if (!step) return;
  try {
    const part = await step(block, own);
    report({ type: 'done', job, index, part });
  } catch (error) {
    report({ type: 'failed', job, index, message: faultText(error) });
  }
}

started();
