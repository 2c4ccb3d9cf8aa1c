import { parentPort, workerData } from 'node:worker_threads';
import { useKernels } from '../analysis/kernels.ts';
import { openCube } from '../formats/cube-reader.ts';
import { loadKernels } from '../kernels/load.ts';
import { AlignedReader } from './aligned-reader.ts';
import { EdgeAnalyser } from './edge-analyser.ts';
import type { EdgeCommand, EdgeReport, EdgeWorkerData } from './edge-protocol.ts';
import { EmbeddingHost } from './embedding-host.ts';
import { faultText } from './fault-text.ts';

useKernels(loadKernels());
const { core, shifts, alignment, ...input } = workerData as EdgeWorkerData;
const port = parentPort;
const report = (message: EdgeReport) => port?.postMessage(message);
const embedding = new EmbeddingHost();
/** Placement and fits read through readers of their own, so that neither waits for the other. */
const { dispersion } = input.scan.energy;
const open = async () => new AlignedReader(await openCube(core), shifts, dispersion, alignment);
const readers = { place: await open(), fit: await open() };
const analyser = new EdgeAnalyser(
  { ...input, fitEmbedding: embedding.fit, report, now: () => performance.now() },
  readers,
);

port?.on('message', (command: EdgeCommand) => {
  switch (command.type) {
    case 'measured':
      analyser.measured(command.first, command.count, command.pass);
      break;
    case 'extend':
      readers.place.extend(command.core.paths);
      readers.fit.extend(command.core.paths);
      break;
    case 'align':
      readers.place.align(command.alignment);
      readers.fit.align(command.alignment);
      break;
    case 'finalise':
      analyser.finalise().catch((error: unknown) => report({ type: 'failed', message: faultText(error) }));
      break;
  }
});
