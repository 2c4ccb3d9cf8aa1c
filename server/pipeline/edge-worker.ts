import { parentPort, workerData } from 'node:worker_threads';
import type { CubeLayout } from '../formats/cube.ts';
import { openCube } from '../formats/cube-reader.ts';
import { EdgeAnalyser } from './edge-analyser.ts';
import type { EdgeCommand, EdgeReport, EdgeWorkerData } from './edge-protocol.ts';
import { EmbeddingHost } from './embedding-host.ts';

const { core, ...input } = workerData as EdgeWorkerData;
const port = parentPort;
const report = (message: EdgeReport) => port?.postMessage(message);
const embedding = new EmbeddingHost();

const openReaders = async (layout: CubeLayout) => ({
  place: await openCube(layout),
  fit: await openCube(layout),
});

const analyser = new EdgeAnalyser({ ...input, fitEmbedding: embedding.fit, report }, await openReaders(core));

async function obey(command: EdgeCommand): Promise<void> {
  switch (command.type) {
    case 'measured':
      analyser.measured(command.first, command.count);
      break;
    case 'reopen':
      analyser.reopen(await openReaders(command.core));
      break;
    case 'finalise':
      await analyser.finalise();
      break;
  }
}

port?.on('message', (command: EdgeCommand) => {
  obey(command).catch((error: unknown) =>
    report({ type: 'failed', message: error instanceof Error ? error.message : String(error) }),
  );
});
