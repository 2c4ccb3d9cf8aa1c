import { parentPort, workerData } from 'node:worker_threads';
import { SpatialTester } from '../../analysis/information/spatial-test.ts';
import { useKernels } from '../../analysis/math/kernels.ts';
import { loadKernels } from '../../kernels/load.ts';
import { faultText } from '../threads/fault-text.ts';
import { giveWay } from '../threads/give-way.ts';
import { showAlive } from '../threads/heartbeat.ts';
import { started } from '../threads/thread-words.ts';
import type {
  InformationCommand,
  InformationReport,
  InformationWorkerData,
  PairMaps,
} from './information-protocol.ts';
import { pairInformation } from './pair-information.ts';

showAlive();
const { shape, labels, pairs, thickness } = workerData as InformationWorkerData;
const port = parentPort;
const report = (message: InformationReport) => port?.postMessage(message);

giveWay();
useKernels(loadKernels());
const tester = new SpatialTester(shape);
/** Class maps as the last update saw them. */
const copies = new Map<string, Int16Array>();
/** t/λ as the last update saw it. */
let known: Float32Array | undefined;
/** Of the pairs that were told of as final, what this rested on. */
const told = new Map<PairMaps, (number | Float32Array | undefined)[]>();

/**
 * Class maps go on changing while they are looked at: every pair of one update sees the same copies. A map that has not
 * changed since the last update keeps its copy, by which the tester knows it again.
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
    const ground = [first.revision, second.revision, known];
    if (final && told.get(pair)?.every((part, i) => part === ground[i])) continue;
    const surroundings = { shape, tester, thickness: known, pairs: pairs.length, final };
    const information = pairInformation(first, second, surroundings, pair.pointwise, pair.local);
    report({ type: 'pair', information });
    if (final) told.set(pair, ground);
    else told.delete(pair);
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
