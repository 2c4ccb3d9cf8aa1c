import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { parseEdges, pixelCount } from '../../../protocol/index.ts';
import type { Patch } from '../../../server/formats/cube.ts';
import type { ScanFile } from '../../../server/formats/format.ts';
import type { Monitor } from '../../../server/pipeline/monitor.ts';
import type { ScanOpening, Source, SourceEvent } from '../../../server/sources/source.ts';
import { createMonitor, followToEnd, mapBytes } from '../../support/analyse.ts';
import { until } from '../../support/scan-in-parts.ts';
import {
  cropped,
  type Spectra,
  simulatedPasses,
  summed,
  writeSpectra,
} from '../../support/scan-parts-in-files.ts';

const EDGES = parseEdges('Si-L,C-K');
const SHAPE: [number, number] = [40, 40];

let folder: string;
let passes: Spectra[];
let first: ScanFile;
const monitors: Monitor[] = [];
/** With fewer landmarks than pixels, so that most are placed among them, and a plane is soon fitted. */
const monitor = (live = true) => {
  const made = createMonitor(EDGES, { live, landmarks: 300 });
  monitors.push(made);
  return made;
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'eelwatch-rescans-'));
  passes = simulatedPasses({ shape: SHAPE, seed: 3, passes: 2, driftEv: 0, dose: 'high' });
  ({ file: first } = await writeSpectra(folder, 'first', passes[0]));
});
afterEach(async () => {
  for (const made of monitors.splice(0)) await made.close();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Reports a scan that lies in a file, and what else `events` says. */
function sourceOf(opening: ScanOpening, events?: () => AsyncIterable<SourceEvent>): Source {
  return {
    description: 'files',
    async *events() {
      yield { type: 'scan', opening };
      if (events) yield* events();
      else {
        yield { type: 'measured', first: 0, count: pixelCount(opening.scan), pass: 0 };
        yield { type: 'end', status: 'complete' };
      }
    },
  };
}

const openingOf = ({ scan, core }: ScanFile, patches?: Patch[]): ScanOpening => ({
  scan,
  core: { ...core, ...(patches && { patches }) },
});

function compare(found: Map<string, Buffer>, expected: Map<string, Buffer>) {
  for (const [name, bytes] of expected) expect(found.get(name)?.equals(bytes), name).toBe(true);
}

/** A rescan of the middle, from the second pass. */
async function middle(): Promise<Patch> {
  const { file } = await writeSpectra(folder, 'middle', cropped(passes[1], [10, 8], [16, 20]), 'u32');
  return { cube: file.core, y: 10, x: 8, dwells: 1 };
}

it('gives the maps of the summed file for a second pass that comes as a rescan of the whole', async () => {
  const { file: sum } = await writeSpectra(folder, 'sum', summed(passes));
  const { file: second } = await writeSpectra(folder, 'second', passes[1]);
  const expected = await followToEnd(monitor(false), sourceOf(openingOf(sum)));
  const patches: Patch[] = [{ cube: second.core, y: 0, x: 0, dwells: 1 }];
  const run = await followToEnd(monitor(false), sourceOf(openingOf(first, patches)));
  compare(mapBytes(run), mapBytes(expected));
  expect(new Set(run.layers.exposure)).toEqual(new Set([2]));
  expect(run.meter.spectra).toBe(2 * SHAPE[0] * SHAPE[1]);
});

it('gives the same final maps whenever a rescan joins: with the scan, during it, or after its end', async () => {
  const patch = await middle();
  const [before, after] = [openingOf(first), openingOf(first, [patch])];
  const expected = await followToEnd(monitor(false), sourceOf(after));
  const pixels = pixelCount(first.scan);
  const live = monitor();
  const joined = await followToEnd(
    live,
    sourceOf(before, async function* () {
      yield { type: 'measured', first: 0, count: 30 * SHAPE[1], pass: 0 };
      await until(() => (live.run?.edges ?? []).every(({ revision }) => revision > 0));
      yield { type: 'rescan', opening: after };
      yield { type: 'measured', first: 30 * SHAPE[1], count: pixels - 30 * SHAPE[1], pass: 0 };
      yield { type: 'end', status: 'complete' };
    }),
  );
  compare(mapBytes(joined), mapBytes(expected));

  const late = monitor();
  const stop = new AbortController();
  const statuses: string[] = [];
  const followed = late.follow(
    sourceOf(before, async function* () {
      yield { type: 'measured', first: 0, count: pixels, pass: 0 };
      yield { type: 'end', status: 'complete' };
      await late.settled();
      statuses.push(late.run?.status ?? '');
      yield { type: 'rescan', opening: after };
      statuses.push(late.run?.status ?? '');
    }),
    stop.signal,
  );
  await followed;
  await late.settled();
  expect(statuses).toEqual(['complete', 'finalising']);
  expect(late.run?.status).toBe('complete');
  compare(mapBytes(late.run as NonNullable<typeof late.run>), mapBytes(expected));
  const { exposure } = late.run?.layers ?? {};
  expect(exposure?.filter((value) => value === 2).length).toBe(16 * 20);
  expect(exposure?.filter((value) => value === 1).length).toBe(pixels - 16 * 20);
}, 180_000);

it('takes pixels that the scan has lost from the rescan', async () => {
  const patch = await middle();
  const opening = openingOf(first, [patch]);
  // Rows 12 to 14 were lost, the last ten were never reached.
  const measured = [
    { type: 'measured', first: 0, count: 12 * SHAPE[1], pass: 0 },
    { type: 'measured', first: 15 * SHAPE[1], count: 15 * SHAPE[1], pass: 0 },
    { type: 'end', status: 'aborted' },
  ] as const;
  const run = await followToEnd(
    monitor(false),
    sourceOf(opening, async function* () {
      yield* measured;
    }),
  );
  const { counts } = run.layers.survey;
  const at = (row: number, column: number) => row * SHAPE[1] + column;
  const { channels, counts: own } = passes[1];
  const total = (pixel: number) =>
    own.subarray(pixel * channels, (pixel + 1) * channels).reduce((sum, value) => sum + value, 0);
  expect(counts[at(13, 10)]).toBe(Math.fround(total(at(13, 10))));
  expect(counts[at(13, 2)]).toBeNaN();
  expect([run.layers.exposure[at(13, 10)], run.layers.exposure[at(13, 2)]]).toEqual([1, 0]);
  expect(run.layers.exposure[at(16, 10)]).toBe(2);
});
