import { parentPort, workerData } from 'node:worker_threads';
import { SpatialTester } from '../../analysis/information/spatial-test.ts';
import { useKernels } from '../../analysis/math/kernels.ts';
import { loadKernels } from '../../kernels/load.ts';
import { faultText } from '../threads/fault-text.ts';
import { startHeartbeat } from '../threads/heartbeat.ts';
import { lowerThreadPriority } from '../threads/lower-thread-priority.ts';
import { started } from '../threads/thread-messages.ts';
import type {
  InformationCommand,
  InformationReport,
  InformationWorkerData,
  PairMaps,
} from './information-protocol.ts';
import { pairInformation } from './pair-information.ts';

startHeartbeat();
const { shape, labels, pairs, thickness } = workerData as InformationWorkerData;
const port = parentPort;
const report = (message: InformationReport) => port?.postMessage(message);

lowerThreadPriority();
useKernels(loadKernels());
const tester = new SpatialTester(shape);
/** Class maps at the last update. */
const copies = new Map<string, Int16Array>();
/** t/λ at the last update. */
let known: Float32Array | undefined;
/** Inputs of the pairs that were reported as final. */
const reported = new Map<PairMaps, (number | Float32Array | undefined)[]>();

/**
 * Class maps change while they are evaluated: every pair of one update sees the same copies. A map that has not changed
 * since the last update keeps its copy, so that the tester's cache still applies.
 */
function copyOf(name: string): Int16Array {
  const before = copies.get(name);
  const copy = labels[name].slice();
  if (before?.every((label, i) => label === copy[i])) return before;
  if (before) tester.forget(before);
  copies.set(name, copy);
  return copy;
}

function update({ revisions, final }: InformationCommand): void {
  const maps = new Map(
    Object.entries(revisions).map(([name, revision]) => [name, { name, revision, labels: copyOf(name) }]),
  );
  if (thickness && !known?.every((value, i) => Object.is(value, thickness[i]))) known = thickness.slice();
  for (const pair of pairs) {
    const [first, second] = [maps.get(pair.a), maps.get(pair.b)];
    if (!first || !second) continue;
    const basis = [first.revision, second.revision, known];
    if (final && reported.get(pair)?.every((part, i) => part === basis[i])) continue;
    const surroundings = { shape, tester, thickness: known, pairs: pairs.length, final };
    const information = pairInformation(first, second, surroundings, pair.pointwise, pair.local);
    report({ type: 'pair', information });
    if (final) reported.set(pair, basis);
    else reported.delete(pair);
  }
}

port?.on('message', (command: InformationCommand) => {
  try {
    update(command);
    report({ type: 'updated' });
  } catch (error) {
    report({ type: 'failed', message: faultText(error) });
  }
});
started();
