import { parentPort, workerData } from 'node:worker_threads';
import type { CubeLayout } from '../formats/cube.ts';
import { openCube } from '../formats/cube-reader.ts';
import { SurveyAnalyser, type SurveyReaders } from './survey-analyser.ts';
import type { SurveyCommand, SurveyReport, SurveyWorkerData } from './survey-protocol.ts';

const { scan, core, lowLoss, maps } = workerData as SurveyWorkerData;
const port = parentPort;
const report = (message: SurveyReport) => port?.postMessage(message);

const openReaders = async (coreLayout: CubeLayout, lowLossLayout?: CubeLayout): Promise<SurveyReaders> => ({
  core: await openCube(coreLayout),
  ...(lowLossLayout && { lowLoss: await openCube(lowLossLayout) }),
});

const analyser = new SurveyAnalyser(scan, maps, await openReaders(core, lowLoss), report);

async function obey(command: SurveyCommand): Promise<void> {
  switch (command.type) {
    case 'measured':
      analyser.measured(command.first, command.count);
      break;
    case 'reopen':
      analyser.reopen(await openReaders(command.core, command.lowLoss));
      break;
    case 'finalise':
      await analyser.finalise();
      break;
  }
}

port?.on('message', (command: SurveyCommand) => {
  obey(command).catch((error: unknown) =>
    report({ type: 'failed', message: error instanceof Error ? error.message : String(error) }),
  );
});
