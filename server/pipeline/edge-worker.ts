import { parentPort, workerData } from 'node:worker_threads';
import { pixelCount } from '../../protocol/index.ts';
import { useKernels } from '../analysis/kernels.ts';
import { openCube } from '../formats/cube-reader.ts';
import { loadKernels } from '../kernels/load.ts';
import { AlignedReader } from './aligned-reader.ts';
import { EdgeAnalyser } from './edge-analyser.ts';
import { EdgeLearner } from './edge-learner.ts';
import type { EdgeCommand, EdgeReport, EdgeWorkerData } from './edge-protocol.ts';
import { faultText } from './fault-text.ts';
import { LearnerHost } from './learner-host.ts';

useKernels(loadKernels());
const { core, shifts, alignment, ...data } = workerData as EdgeWorkerData;
const measured = new Uint8Array(new SharedArrayBuffer(pixelCount(data.scan)));
const input = { ...data, measured };
const port = parentPort;
const report = (message: EdgeReport) => port?.postMessage(message);
const warning = (message: string) =>
  report({ type: 'warning', about: 'learning', message: `learning: ${message}` });
const { dispersion } = data.scan.energy;
const open = async () => new AlignedReader(await openCube(core), shifts, dispersion, alignment);
// Where nobody looks before the end there is nothing to go on with beside the one fit.
const beside = data.options.live
  ? new LearnerHost({ ...input, core, shifts, ...(alignment && { alignment }) }, warning)
  : await open();
const learner = beside instanceof LearnerHost ? beside : new EdgeLearner(input, beside);
const reader = await open();
const readers = [reader, beside];
const analyser = new EdgeAnalyser({ ...input, report, now: () => performance.now() }, reader, learner);

port?.on('message', (command: EdgeCommand) => {
  switch (command.type) {
    case 'measured':
      analyser.measured(command.first, command.count, command.pass);
      break;
    case 'extend':
      for (const one of readers) one.extend(command.core.paths);
      break;
    case 'align':
      for (const one of readers) one.align(command.alignment);
      break;
    case 'finalise':
      analyser.finalise().catch((error: unknown) => report({ type: 'failed', message: faultText(error) }));
      break;
  }
});
