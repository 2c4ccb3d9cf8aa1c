import { parentPort, workerData } from 'node:worker_threads';
import { faultText } from '../threads/fault-text.ts';
import { giveWay } from '../threads/give-way.ts';
import { showAlive } from '../threads/heartbeat.ts';
import { started } from '../threads/thread-words.ts';
import { Planner } from './planner.ts';
import type { AssessCommand, PlannerCommand, PlannerReport, PlannerWorkerData } from './planner-protocol.ts';

showAlive();
const port = parentPort;
const report = (message: PlannerReport) => port?.postMessage(message);

giveWay();
const planner = new Planner(workerData as PlannerWorkerData);

port?.on('message', (command: PlannerCommand | AssessCommand) => {
  try {
    if (command.type === 'assess') report({ type: 'assessed', regions: planner.assess(command.rectangles) });
    else report({ type: 'planned', ...planner.plan(command) });
  } catch (error) {
    report({ type: 'failed', message: faultText(error) });
  }
});
started();
