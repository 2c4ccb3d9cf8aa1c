import { parentPort } from 'node:worker_threads';
import { giveWay } from '../threads/give-way.ts';
import { showAlive } from '../threads/heartbeat.ts';
import { started } from '../threads/thread-words.ts';
import type { NameReport } from './name-board.ts';
import { findNames, type NameTask } from './name-finding.ts';

showAlive();
giveWay();
parentPort?.on('message', (task: NameTask) => {
  parentPort?.postMessage({ type: 'named', id: task.id, matches: findNames(task) } satisfies NameReport);
});
started();
