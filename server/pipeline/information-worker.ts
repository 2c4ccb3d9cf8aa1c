import { parentPort, workerData } from 'node:worker_threads';
import { useKernels } from '../analysis/kernels.ts';
import { SpatialTester } from '../analysis/spatial-test.ts';
import { loadKernels } from '../kernels/load.ts';
import { faultText } from './fault-text.ts';
import { giveWay } from './give-way.ts';
import type { InformationCommand, InformationReport, InformationWorkerData } from './information-protocol.ts';
import { pairInformation } from './pair-information.ts';

const { shape, labels, pairs, thickness } = workerData as InformationWorkerData;
const port = parentPort;
const report = (message: InformationReport) => port?.postMessage(message);

giveWay();
useKernels(loadKernels());
const tester = new SpatialTester(shape);
/** Class maps as the last update saw them. */
const copies = new Map<string, Int16Array>();

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
  const known = thickness?.slice();
  for (const { a, b, pointwise, local } of pairs) {
    const [first, second] = [maps.get(a), maps.get(b)];
    if (!first || !second) continue;
    const surroundings = { shape, tester, thickness: known, pairs: pairs.length, final };
    report({ type: 'pair', information: pairInformation(first, second, surroundings, pointwise, local) });
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
