import { parentPort, workerData } from 'node:worker_threads';
import { useKernels } from '../../analysis/math/kernels.ts';
import type { CubeLayout } from '../../formats/cube.ts';
import { openCube } from '../../formats/reading/cube-reader.ts';
import { loadKernels } from '../../kernels/load.ts';
import { faultText } from '../threads/fault-text.ts';
import { startHeartbeat } from '../threads/heartbeat.ts';
import { started, threadReading } from '../threads/thread-messages.ts';
import { SurveyAnalyser } from './survey-analyser.ts';
import type { SurveyCommand, SurveyReport, SurveyWorkerData } from './survey-protocol.ts';

startHeartbeat();
useKernels(loadKernels());
const { core, lowLoss, ...input } = workerData as SurveyWorkerData;
const port = parentPort;
const report = (message: SurveyReport) => port?.postMessage(message);
const open = (layout: CubeLayout) => openCube(layout, threadReading(input.live));
const readers = { core: await open(core), ...(lowLoss && { lowLoss: await open(lowLoss) }) };
const analyser = new SurveyAnalyser({ ...input, report }, readers);

port?.on('message', (command: SurveyCommand) => {
  switch (command.type) {
    case 'measured':
      analyser.measured(command.first, command.count, command.pass);
      break;
    case 'extend':
      readers.core.extend(command.layouts.core);
      analyser.extended(command.layouts.core);
      if (command.layouts.lowLoss) readers.lowLoss?.extend(command.layouts.lowLoss);
      break;
    case 'choose':
      analyser.choose(command.energy);
      break;
    case 'finalise':
      analyser.finalise().catch((error: unknown) => report({ type: 'failed', message: faultText(error) }));
      break;
  }
});

started();
