import { parentPort, workerData } from 'node:worker_threads';
import { SpatialTester } from '../analysis/spatial-test.ts';
import { faultText } from './fault-text.ts';
import type { InformationCommand, InformationReport, InformationWorkerData } from './information-protocol.ts';
import { pairInformation } from './pair-information.ts';

const { shape, labels, pairs, thickness } = workerData as InformationWorkerData;
const port = parentPort;
const report = (message: InformationReport) => port?.postMessage(message);

/** Class maps go on changing while they are looked at: every pair of one update sees the same copies. */
function update({ revisions, final }: InformationCommand): void {
  const maps = new Map(
    Object.entries(revisions).map(([name, revision]) => [
      name,
      { name, revision, labels: labels[name].slice() },
    ]),
  );
  const tester = new SpatialTester(shape);
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
