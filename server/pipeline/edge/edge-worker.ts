import { parentPort, workerData } from 'node:worker_threads';
import { pixelCount } from '../../../protocol/index.ts';
import { useKernels } from '../../analysis/math/kernels.ts';
import { openCube } from '../../formats/reading/cube-reader.ts';
import { loadKernels } from '../../kernels/load.ts';
import { FitPool } from '../fit/fit-pool.ts';
import { helpersOf } from '../fit/helper-count.ts';
import { AlignedReader } from '../reading/aligned-reader.ts';
import { faultText } from '../threads/fault-text.ts';
import { startHeartbeat } from '../threads/heartbeat.ts';
import { forwardTroubles, started, threadReading } from '../threads/thread-messages.ts';
import { checkDamage } from './damage-check.ts';
import { EdgeAnalyser } from './edge-analyser.ts';
import type { EdgeAnalyserInput } from './edge-analyser-input.ts';
import { EdgeLearner } from './edge-learner.ts';
import type { EdgeCommand, EdgeReport, EdgeWorkerData } from './edge-protocol.ts';
import type { Learner } from './learner.ts';
import { LearnerHost } from './learner-host.ts';

startHeartbeat();
useKernels(loadKernels());
const { core, shifts, dwell, alignment, tuning, ...data } = workerData as EdgeWorkerData;
const measured = new Uint8Array(new SharedArrayBuffer(pixelCount(data.scan)));
const exposed = { layout: core, dwell };
const input = { ...data, measured, exposed };
const port = parentPort;
const report = (message: EdgeReport) => port?.postMessage(message);
const warning = (message: string) =>
  report({ type: 'warning', about: 'learning', message: `learning: ${message}` });
const place = { core, shifts, live: data.options.live, ...(alignment && { alignment }) };
const reading = () => threadReading(data.options.live);
const open = async () => new AlignedReader(await openCube(core, reading()), shifts, alignment);
const reader = await open();
/** Threads of this one that are loaded, too, before it can be ended. */
let loading = Promise.resolve();
/** Receivers of further files and shifts besides the analyser's own reader. */
const followers: Pick<FitPool, 'extend' | 'align'>[] = [reader];

type TunedLearner = Learner & Pick<EdgeLearner, 'retune'>;

function learnBeside(): TunedLearner {
  const host = new LearnerHost({ ...input, ...place }, warning, forwardTroubles());
  followers.push(host);
  loading = host.loaded;
  return host;
}

/** Without live display the one fit can run in this thread. */
async function learnHere(): Promise<TunedLearner> {
  const own = await open();
  const pool = new FitPool(place, helpersOf(data.scan, data.options), warning, forwardTroubles);
  followers.push(own, pool);
  return new EdgeLearner(input, own, { pool });
}

const learner = data.options.live ? learnBeside() : await learnHere();
const compareExposures: EdgeAnalyserInput['compareExposures'] = (of) =>
  checkDamage({ ...of, reading, core: exposed.layout, shifts, alignment: reader.alignment, measured, dwell });
const analyser = new EdgeAnalyser(
  { ...input, tuning, compareExposures, report, now: () => performance.now() },
  reader,
  learner,
);

port?.on('message', (command: EdgeCommand) => {
  switch (command.type) {
    case 'measured':
      analyser.measured(command.first, command.count, command.pass);
      break;
    case 'extend':
      exposed.layout = command.core;
      for (const one of followers) one.extend(command.core);
      analyser.extended(command.core);
      break;
    case 'align':
      for (const one of followers) one.align(command.alignment);
      break;
    case 'retune':
      learner.retune(command.edge, command.energy);
      analyser.retune(command.edge, command.energy, command.tuning);
      break;
    case 'finalise':
      analyser.finalise().catch((error: unknown) => report({ type: 'failed', message: faultText(error) }));
      break;
  }
});

await loading;
started();
