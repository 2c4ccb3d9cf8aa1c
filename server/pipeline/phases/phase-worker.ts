import { parentPort } from 'node:worker_threads';
import { faultText } from '../threads/fault-text.ts';
import { startHeartbeat } from '../threads/heartbeat.ts';
import { lowerThreadPriority } from '../threads/lower-thread-priority.ts';
import { started } from '../threads/thread-messages.ts';
import type { PhaseReport } from './phase-board.ts';
import { findPhases, type PhaseTask } from './phase-finding.ts';

startHeartbeat();
lowerThreadPriority();
const report = (message: PhaseReport, moved: ArrayBuffer[] = []) => parentPort?.postMessage(message, moved);
parentPort?.on('message', (task: PhaseTask) => {
  try {
    const found = findPhases(task);
    report({ type: 'found', id: task.id, found }, [found.map.buffer]);
  } catch (error) {
    report({ type: 'failed', message: faultText(error) });
  }
});
started();
