import { floodFolder } from '../flooded-folder.ts';
import { fuzzHeaders } from '../header-fuzz.ts';
import { killMonitors } from '../killed-monitors.ts';
import { killWatchers } from '../killed-watchers.ts';
import {
  absurdSizes,
  bareAddress,
  climbingPaths,
  floodedSockets,
  otherHosts,
  otherOrigins,
  wrongTokens,
} from './access.ts';
import { manyClients, stalledClient } from './clients.ts';
import { cutFiles } from './cut-files.ts';
import { aborted, renamed, rewritten, sizeJumpsBack, tornRecords, twoWriters } from './growing-files.ts';
import { clockSteps, failingCalls, fewDescriptors, lostThreads } from './machine-faults.ts';
import { notNumbers } from './not-numbers.ts';
import { type FaultRow, found } from './outcome.ts';
import { hostileNames, lostContext } from './pages.ts';
import { cutConnections, droppedSpectra, duplicates, otherDimensions, outOfOrder } from './pushed-scans.ts';
import { readOnlyFolder } from './read-only.ts';
import { mappedWriter, silentShare } from './unseen-writes.ts';

const killed: FaultRow = {
  fault: 'monitor killed while a scan is pushed, or watched',
  wanted: '0 acknowledged lost; equal',
  async run(scale, seed) {
    const pushed = await killMonitors(scale === 'full' ? 200 : 4, seed);
    const watched = await killWatchers(scale === 'full' ? 100 : 4, seed);
    const lost = pushed.lost + watched.lost;
    const different = pushed.different + watched.different + watched.surplus;
    return found(
      lost === 0 && different === 0,
      `${pushed.kills} + ${watched.kills} kills: ${lost} lost, ${different} of ${pushed.scans + watched.scans} scans differ`,
    );
  },
};

const brokenHeaders: FaultRow = {
  fault: 'garbage, absurd and cut headers',
  wanted: '0 crashes, ≤ 50 ms each, memory + ≤ 32 MiB',
  async run(scale, seed) {
    const { tried, crashed, hung, slow, longestMs, grownMiB } = await fuzzHeaders(
      scale === 'full' ? 1e5 : 200,
      seed,
    );
    return found(
      crashed + hung === 0 && (scale === 'short' || slow === 0) && grownMiB <= 32,
      `${tried} tried: ${crashed} crashed, ${hung} hung, ${slow} slow (≤ ${longestMs} ms), memory + ${grownMiB} MiB`,
    );
  },
};

const manyFiles: FaultRow = {
  fault: 'very many files appear at once',
  wanted: 'newest shown, rest counted; ≤ 512 MB; no descriptor lost',
  async run(scale) {
    const { files, wrong, surplus, peakRssMb, mostDescriptors } = await floodFolder(
      scale === 'full' ? 1e4 : 150,
    );
    return found(
      wrong === 0 && surplus === 0 && peakRssMb <= 512,
      `3 × ${files} files: ${wrong === 0 ? 'newest shown' : 'wrong'}, ${peakRssMb} MB, ≤ ${mostDescriptors} descriptors`,
    );
  },
};

/** Every fault that has to be survived, by its name in the table of the reliability contract. */
export const ROWS: Readonly<Record<string, FaultRow>> = {
  R1: tornRecords,
  R2: cutFiles,
  R3: rewritten,
  R4: renamed,
  R5: silentShare,
  R6: mappedWriter,
  R7: sizeJumpsBack,
  R8: clockSteps,
  R10: failingCalls,
  R11: fewDescriptors,
  R12: killed,
  R13: lostThreads,
  R15: cutConnections,
  R16: droppedSpectra,
  R17: duplicates,
  R18: outOfOrder,
  R19: brokenHeaders,
  R20: notNumbers,
  R23: aborted,
  R24: otherDimensions,
  R25: twoWriters,
  R26: stalledClient,
  R27: manyClients,
  R29: lostContext,
  R32: manyFiles,
  S1: otherOrigins,
  S2: otherHosts,
  S3: wrongTokens,
  S4: bareAddress,
  S5: floodedSockets,
  S6: climbingPaths,
  S7: hostileNames,
  S8: absurdSizes,
  S9: readOnlyFolder,
};
