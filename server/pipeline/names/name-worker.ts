import { parentPort } from 'node:worker_threads';
import { startHeartbeat } from '../threads/heartbeat.ts';
import { lowerThreadPriority } from '../threads/lower-thread-priority.ts';
import { started } from '../threads/thread-messages.ts';
import type { NameReport } from './class-naming.ts';
import { findNames, type NameTask } from './name-finding.ts';

startHeartbeat();
lowerThreadPriority();
parentPort?.on('message', (task: NameTask) => {
  parentPort?.postMessage({ type: 'named', id: task.id, matches: findNames(task) } satisfies NameReport);
});
started();
