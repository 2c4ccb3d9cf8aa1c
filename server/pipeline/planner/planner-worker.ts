import { parentPort, workerData } from 'node:worker_threads';
import { faultText } from '../threads/fault-text.ts';
import { startHeartbeat } from '../threads/heartbeat.ts';
import { lowerThreadPriority } from '../threads/lower-thread-priority.ts';
import { started } from '../threads/thread-messages.ts';
import { Planner } from './planner.ts';
import type { AssessCommand, PlannerCommand, PlannerReport, PlannerWorkerData } from './planner-protocol.ts';

startHeartbeat();
const port = parentPort;
const report = (message: PlannerReport) => port?.postMessage(message);

lowerThreadPriority();
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
