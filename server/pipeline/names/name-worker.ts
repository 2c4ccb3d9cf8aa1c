import { parentPort } from 'node:worker_threads';
import { giveWay } from '../threads/give-way.ts';
import { started } from '../threads/thread-words.ts';
import type { NameReport } from './name-board.ts';
import { findNames, type NameTask } from './name-finding.ts';

giveWay();
parentPort?.on('message', (task: NameTask) => {
  parentPort?.postMessage({ type: 'named', id: task.id, matches: findNames(task) } satisfies NameReport);
});
started();
