import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { openScanFile } from '../../../server/formats/formats.ts';
import { openCube } from '../../../server/formats/reading/cube-reader.ts';
import { ReadFault } from '../../../server/formats/reading/read-fault.ts';
import type { CliRun } from '../../support/cli.ts';
import { FailingFiles } from '../../support/failing-files.ts';
import { COLUMNS, ROWS, rowsOf } from '../small-scan.ts';
import { cannotRun, type FaultRow, found } from './outcome.ts';
import { isEqual, record } from './recorded.ts';
import { inFolder } from './temporary-folder.ts';
import { HEADER, writeRows } from './undisturbed.ts';

const ROW_MS = 60;
const BEHIND_ROWS = 3;
const BEHIND_SECONDS = 5;
const paced = () => wait(ROW_MS);

const FAKETIME = ['x86_64', 'aarch64'].map(
  (each) => `/usr/lib/${each}-linux-gnu/faketime/libfaketimeMT.so.1`,
);

const CLOCK_ROW_MS = 150;
/** How far the remaining time may be off, % of the scan. */
const MOST_OFF = 5;
const STEPS = ['-3600', '+3600', '+86400', '-86400'];

/** Watches a scan while the wall clock takes these steps (s), evenly over the scan. */
function underClock(library: string, steps: readonly string[], seed: number) {
  return inFolder(async (folder) => {
    const stamp = join(folder, 'clock');
    writeFileSync(stamp, '+0');
    const env = {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: stamp,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      NO_FAKE_STAT: '1',
    };
    const { sessions, monitor } = await record(
      async ({ data }) => {
        const rows = rowsOf(seed);
        const from = performance.now();
        await writeRows(join(data, 'clock'), rows, async (row) => {
          const step = row / (ROWS / (steps.length + 1));
          if (Number.isInteger(step) && step > 0) writeFileSync(stamp, steps[step - 1]);
          // As a scan does: a row that a busy machine writes late does not hold up those behind it.
          await wait(Math.max(0, from + (row + 1) * CLOCK_ROW_MS - performance.now()));
        });
      },
      { launch: { env } },
    );
    const given = monitor.events.filter(({ event }) => event === 'progress');
    // Of a clock that does not step.
    const elapsed = (each?: Record<string, unknown>) => Number(each?.elapsedSeconds);
    const whole = elapsed(given.find(({ spectra }) => spectra === ROWS * COLUMNS));
    const off = given
      .filter((each) => each.etaSeconds !== undefined && elapsed(each) >= whole / 4)
      .map((each) => (100 * Math.abs(Number(each.etaSeconds) + elapsed(each) - whole)) / whole);
    return {
      timeouts: given.filter(({ status }) => status === 'stalled' || status === 'aborted').length,
      equal: sessions.length === 1 && (await isEqual(sessions[0], seed)),
      /** The most that the remaining time was off, % of the scan. */
      off: Math.max(...off),
    };
  });
}

/** R8: the clock of the machine is put forward and back. */
export const clockSteps: FaultRow = {
  fault: 'wall clock steps by ±1 h and ±1 day',
  wanted: 'equal; no timeout; remaining time off by ≤ 5 % of the scan',
  async run(_scale, seed) {
    const library = FAKETIME.find(existsSync);
    if (library === undefined) return cannotRun('libfaketime is missing');
    const calm = await underClock(library, [], seed);
    const { equal, timeouts, off } = await underClock(library, STEPS, seed);
    return found(
      equal && timeouts === 0 && off <= MOST_OFF,
      `${equal ? 'equal' : 'differs'}, ${timeouts} timeouts, remaining time off by ≤ ${off.toFixed(1)} % (${calm.off.toFixed(1)} % without)`,
    );
  },
};

/** R10: the i-th call that reads fails, once and from then on. */
export const failingCalls: FaultRow = {
  fault: 'reading fails at the i-th call, once or from then on',
  wanted: 'right samples or an error at every i, no file left open',
  run: (_scale, seed) =>
    inFolder(async (root) => {
      const rows = rowsOf(seed);
      await writeRows(join(root, 'calls'), rows);
      const { core } = await openScanFile(join(root, 'calls.rpl'), { scratch: root });
      const read = async (files: FailingFiles) => {
        const cube = await openCube(core, { files, patienceMs: 60_000 });
        const out = new Float64Array(COLUMNS * HEADER.channels);
        const all: number[] = [];
        try {
          for (let row = 0; row < ROWS; row += 8) {
            await cube.read(row * COLUMNS, COLUMNS, 0, HEADER.channels, out);
            all.push(...out);
          }
        } finally {
          await cube.close();
        }
        return all;
      };
      const calm = new FailingFiles();
      const right = await read(calm);
      let [wrong, left, tries] = [0, 0, 0];
      for (let at = 1; at <= calm.calls; at++)
        for (const code of ['EIO', 'EMFILE', 'ESTALE'])
          for (const lasts of [false, true]) {
            tries++;
            const files = new FailingFiles((call) =>
              call === at || (lasts && call > at) ? code : undefined,
            );
            const samples = await read(files).catch((error) => error);
            const isRight = Array.isArray(samples) && samples.every((value, i) => value === right[i]);
            if (!(lasts ? samples instanceof ReadFault : isRight)) wrong++;
            left += files.openNow;
          }
      return found(
        wrong === 0 && left === 0 && tries > 0,
        `${tries - wrong} of ${tries} right (calls 1–${calm.calls}), ${left} files left open`,
      );
    }),
};

/** R11: hardly any files may be opened. */
export const fewDescriptors: FaultRow = {
  fault: '64 open files at most',
  wanted: 'alive; equal',
  async run(_scale, seed) {
    const { sessions, alive } = await record(
      ({ data }) => writeRows(join(data, 'few'), rowsOf(seed), paced),
      { launch: { through: ['bash', '-c', 'ulimit -n 64; exec "$0" "$@"'] } },
    );
    const equal = sessions.length === 1 && (await isEqual(sessions[0], seed));
    return found(alive && equal, `${alive ? 'alive' : 'dead'}; ${equal ? 'equal' : 'differs'}`);
  },
};

/** Longest time for which more than a few rows waited to be analysed, s. */
function longestBehind({ events }: CliRun): number {
  let [since, longest] = [Number.NaN, 0];
  for (const { event, backlog, sentAt } of events) {
    if (event !== 'progress') continue;
    if (Number(backlog) <= BEHIND_ROWS * COLUMNS) since = Number.NaN;
    else if (Number.isNaN(since)) since = Number(sentAt);
    else longest = Math.max(longest, (Number(sentAt) - since) / 1000);
  }
  return longest;
}

/** Loaded into every thread: the one that takes the marker away ends at once, or fills its memory. */
const SABOTAGE = `
const { isMainThread } = require('node:worker_threads');
const { unlinkSync } = require('node:fs');
if (!isMainThread) setInterval(() => {
  for (const way of ['exit', 'fill']) {
    try { unlinkSync(process.env.SABOTAGE + '.' + way); } catch { continue; }
    if (way === 'exit') process.exit(7);
    for (const kept = []; ; ) kept.push(new Array(1e6).fill(Math.random()));
  }
}, 20).unref();
`;

/** R13: a thread ends, or runs out of memory. */
export const lostThreads: FaultRow = {
  fault: 'threads of the analysis end and run out of memory',
  wanted: 'equal; analysed again ≤ 5 s',
  async run(_scale, seed) {
    return inFolder(async (folder) => {
      const [script, marker] = [join(folder, 'sabotage.cjs'), join(folder, 'marker')];
      writeFileSync(script, SABOTAGE);
      let taken = 0;
      const { sessions, alive, monitor } = await record(
        async ({ data }) => {
          await writeRows(join(data, 'threads'), rowsOf(seed), async (row) => {
            if (row === 10) writeFileSync(`${marker}.exit`, '');
            if (row === 20) writeFileSync(`${marker}.fill`, '');
            await wait(2 * ROW_MS);
          });
          for (const way of ['exit', 'fill']) if (!existsSync(`${marker}.${way}`)) taken++;
        },
        { launch: { env: { SABOTAGE: marker, NODE_OPTIONS: `--require ${script}` } } },
      );
      const behind = longestBehind(monitor);
      const equal = sessions.length === 1 && (await isEqual(sessions[0], seed));
      return found(
        alive && equal && taken === 2 && behind <= BEHIND_SECONDS,
        `${alive ? 'alive' : 'dead'}, ${taken} of 2 threads lost, behind for ≤ ${behind.toFixed(1)} s, ${equal ? 'equal' : 'differs'}`,
      );
    });
  },
};
