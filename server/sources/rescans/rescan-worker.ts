import { parentPort, workerData } from 'node:worker_threads';
import type { PlaceInThreadData } from './place-in-thread.ts';
import { placeByRegistration } from './place-rescan.ts';

const { input, edges } = workerData as PlaceInThreadData;
parentPort?.postMessage(await placeByRegistration(edges)(input));
