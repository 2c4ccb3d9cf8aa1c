import { appendFileSync, closeSync, copyFileSync, openSync, renameSync, statSync } from 'node:fs';
import { mkdir, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { createRandom } from '../../../server/analysis/math/random.ts';
import { formatRippleHeader } from '../../../server/formats/text/ripple-header.ts';
import { ROWS, rowsOf } from '../small-scan.ts';
import { type FaultRow, found, seconds } from './outcome.ts';
import { countsIn, isEqual, progressOf, record } from './recorded.ts';
import { HEADER, mapsOf, writeRows } from './undisturbed.ts';

const ROW_MS = 40;
const TORN_APPENDS = 1e6;
/** Same size and time: until the next look at a sample of blocks. */
const SAMPLED_MS = 30_000;
const NOTICED_MS = 1000;
const AWAY_MS = 3000;
const paced = () => wait(ROW_MS);
const PATIENCE_MS = 5000;

async function until(holds: () => boolean): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  while (!holds() && performance.now() < end) await wait(20);
}

/** R1: a writer of pieces that end anywhere. */
export const tornRecords: FaultRow = {
  fault: 'file grows in pieces that end anywhere',
  wanted: 'equal; 0 torn spectra in 10⁶ appends',
  async run(scale, seed) {
    const [figures, most] = [{ appends: 0, scans: 0, equal: 0 }, scale === 'full' ? TORN_APPENDS : 1];
    const random = createRandom(seed);
    while (figures.appends < most) {
      const scan = seed + figures.scans++;
      // Every other scan comes in pieces of less than a tenth of a spectrum.
      const largest = figures.scans % 2 === 1 ? 5000 : 60;
      const { sessions } = await record(async ({ data }) => {
        await writeFile(join(data, 'torn.rpl'), formatRippleHeader(HEADER));
        const file = openSync(join(data, 'torn.raw'), 'a');
        const bytes = Buffer.concat(rowsOf(scan));
        for (let at = 0; at < bytes.length; figures.appends++) {
          const length = 1 + Math.floor(random() * largest);
          appendFileSync(file, bytes.subarray(at, at + length));
          at += length;
          if (figures.appends % Math.ceil(50_000 / largest) === 0) await wait(5);
        }
        closeSync(file);
      });
      if (sessions.length === 1 && (await isEqual(sessions[0], scan))) figures.equal++;
    }
    const { appends, scans, equal } = figures;
    return found(equal === scans, `${equal} of ${scans} scans equal, ${appends} appends`);
  },
};

/** R3: other content under the same name, first of another size, then of the same size and time. */
export const rewritten: FaultRow = {
  fault: 'file rewritten in place',
  wanted: 'new scan, old one kept; ≤ 1 s, ≤ 30 s with the same size and time',
  async run(_scale, seed) {
    const half = ROWS / 2;
    const [first, second] = [rowsOf(seed), rowsOf(seed + 1)];
    const old = Buffer.concat(first.slice(0, half));
    let began = 0;
    const emptied = await record(
      async ({ data, sessions }) => {
        await writeRows(join(data, 'again'), first.slice(0, half), paced);
        // What was not copied yet is lost with the file.
        await until(() => countsIn(sessions).some((counts) => counts.subarray(0, old.length).equals(old)));
        began = Date.now();
        await truncate(join(data, 'again.raw'), 0);
        await writeRows(join(data, 'again'), second, paced);
      },
      { scans: 2, patienceMs: 20_000 },
    );
    const noticed = (progressOf(emptied.monitor).find(({ epoch }) => epoch > 1)?.at ?? Infinity) - began;
    const before = emptied.sessions.find(({ status }) => status === 'aborted');
    const isPart = before?.counts.equals(Buffer.concat([old, Buffer.alloc(old.length)])) ?? false;
    const kept = isPart && before?.maps === (await mapsOf(first.slice(0, half)));
    const isNew = (await Promise.all(emptied.sessions.map((each) => isEqual(each, seed + 1)))).includes(true);
    let sampled = Infinity;
    await record(
      async ({ data, monitor }) => {
        const raw = join(data, 'same.raw');
        await writeRows(join(data, 'same'), first.slice(0, half), paced);
        await wait(500);
        const { atime, mtime } = statSync(raw);
        began = Date.now();
        await writeFile(raw, Buffer.concat(second.slice(0, half)), { flag: 'r+' });
        await utimes(raw, atime, mtime);
        const isNoticed = () => progressOf(monitor).find(({ epoch }) => epoch > 1);
        while (isNoticed() === undefined && Date.now() - began < SAMPLED_MS + 5000) await wait(100);
        sampled = (isNoticed()?.at ?? Infinity) - began;
      },
      { scans: 0 },
    );
    return found(
      noticed <= NOTICED_MS && sampled <= SAMPLED_MS && kept && isNew,
      `${seconds(noticed)}, ${seconds(sampled)} with the same size and time; old ${kept ? 'kept' : 'lost'}, new ${isNew ? 'equal' : 'differs'}`,
    );
  },
};

/** R4: the file is replaced by a longer one; its folder gets another name; it gets another name, and is away for a while. */
export const renamed: FaultRow = {
  fault: 'renamed over; folder moved; files renamed, away and back during the scan',
  wanted: 'equal; 0 duplicates',
  async run(_scale, seed) {
    const rows = rowsOf(seed);
    const over = await record(async ({ data }) => {
      const raw = join(data, 'over.raw');
      await writeRows(join(data, 'over'), rows.slice(0, 8), paced);
      for (let row = 8; row < ROWS; row += 8) {
        copyFileSync(raw, `${raw}.part`);
        appendFileSync(`${raw}.part`, Buffer.concat(rows.slice(row, row + 8)));
        renameSync(`${raw}.part`, raw);
        await wait(8 * ROW_MS);
      }
    });
    const moved = await record(
      async ({ data }) => {
        await mkdir(join(data, 'run'));
        await writeRows(join(data, 'run', 'moved'), rows.slice(0, ROWS / 2), paced);
        renameSync(join(data, 'run'), join(data, 'run-1'));
        for (const row of rows.slice(ROWS / 2)) {
          appendFileSync(join(data, 'run-1', 'moved.raw'), row);
          await paced();
        }
      },
      { patienceMs: 15_000 },
    );
    // Files one after the other, then their folder away for longer than a scan waits, and back.
    const renamed = await record(
      async ({ data, root }) => {
        const [run, away] = [join(data, 'run'), join(root, 'away')];
        await mkdir(run);
        const third = Math.floor(ROWS / 3);
        await writeRows(join(run, 'a'), rows.slice(0, third), paced);
        for (const suffix of ['rpl', 'raw']) renameSync(join(run, `a.${suffix}`), join(run, `b.${suffix}`));
        for (const [index, row] of rows.slice(third).entries()) {
          if (index === third) {
            renameSync(run, away);
            await wait(AWAY_MS);
            renameSync(away, run);
          }
          appendFileSync(join(run, 'b.raw'), row);
          await paced();
        }
      },
      { patienceMs: 15_000 },
    );
    const equal = [over, moved, renamed].map(async ({ sessions }) =>
      (await Promise.all(sessions.map((each) => isEqual(each, seed)))).includes(true),
    );
    const [isOver, isMoved, isRenamed] = await Promise.all(equal);
    const surplus = over.sessions.length + moved.sessions.length + renamed.sessions.length - 3;
    const words = (holds: boolean) => (holds ? 'equal' : 'differs');
    return found(
      isOver && isMoved && isRenamed && surplus === 0,
      `renamed over ${words(isOver)}, moved ${words(isMoved)}, renamed, away and back ${words(isRenamed)}, ${surplus} duplicates`,
    );
  },
};

/** R7: as a stale answer of a share has it, the file is shorter for a few looks. */
export const sizeJumpsBack: FaultRow = {
  fault: 'size jumps back for a few looks',
  wanted: 'equal; 0 retractions',
  async run(_scale, seed) {
    const rows = rowsOf(seed);
    const jumps = 4;
    const { sessions, monitor } = await record(async ({ data }) => {
      await writeRows(join(data, 'stale'), rows.slice(0, 4), paced);
      const raw = join(data, 'stale.raw');
      for (let row = 4; row < ROWS; row++) {
        appendFileSync(raw, rows[row]);
        await paced();
        if (row % Math.floor(ROWS / jumps) !== 0) continue;
        const { size } = statSync(raw);
        const cut = Math.floor(1.5 * rows[row].length);
        await truncate(raw, size - cut);
        await wait(200);
        appendFileSync(raw, Buffer.concat(rows.slice(0, row + 1)).subarray(size - cut));
      }
    });
    const said = progressOf(monitor).map(({ spectra }) => spectra);
    const retractions = said.filter((spectra, at) => at > 0 && spectra < said[at - 1]).length;
    const equal = sessions.length === 1 && (await isEqual(sessions[0], seed));
    return found(
      equal && retractions === 0,
      `${equal ? 'equal' : `differs (${sessions.length} sessions)`}; ${retractions} retractions in ${jumps} jumps`,
    );
  },
};

/** R25: two programs write into one folder at once. */
export const twoWriters: FaultRow = {
  fault: 'two scans written into one folder in turns',
  wanted: 'equal each',
  async run(_scale, seed) {
    const { sessions } = await record(
      async ({ data }) => {
        await Promise.all([
          writeRows(join(data, 'one'), rowsOf(seed), paced),
          wait(ROW_MS / 2).then(() => writeRows(join(data, 'two'), rowsOf(seed + 1), paced)),
        ]);
      },
      { scans: 2 },
    );
    const equal = await Promise.all(
      [seed, seed + 1].map(async (each) =>
        (await Promise.all(sessions.map((session) => isEqual(session, each)))).includes(true),
      ),
    );
    const count = equal.filter(Boolean).length;
    return found(
      count === 2,
      `${count} of 2 equal, ${sessions.length} sessions (${sessions.map(({ status }) => status).join(', ')})`,
    );
  },
};

/** R23: the writer stops, and another scan begins. */
export const aborted: FaultRow = {
  fault: 'scan given up at 10, 40 and 90 %',
  wanted: 'stalled after 5 s, aborted by the next header; equal to batch on the part',
  async run(scale, seed) {
    let equal = 0;
    let late = 0;
    const parts = scale === 'full' ? [0.1, 0.4, 0.9] : [0.4];
    for (const part of parts) {
      const rows = rowsOf(seed).slice(0, ROWS * part);
      const { sessions, monitor } = await record(
        async ({ data }) => {
          await writeRows(join(data, 'given-up'), rows, paced);
          await wait(scale === 'full' ? 6500 : 0);
          await writeRows(join(data, 'next'), rowsOf(seed + 1));
        },
        { scans: 2 },
      );
      const given = progressOf(monitor).filter(({ epoch }) => epoch === 1);
      const most = Math.max(...given.map(({ spectra }) => spectra));
      const stopped = given.find(({ spectra }) => spectra === most);
      const stalled = given.find(({ status }) => status === 'stalled');
      late = Math.max(late, (stalled?.at ?? Infinity) - (stopped?.at ?? 0));
      const batch = await mapsOf(rows);
      const ended = sessions.find(({ status }) => status === 'aborted');
      const isPart = ended?.counts.subarray(0, rows.length * rows[0].length).equals(Buffer.concat(rows));
      if (isPart === true && ended?.maps === batch) equal++;
    }
    return found(
      equal === parts.length && (scale === 'short' || late < 7000),
      `${equal} of ${parts.length} aborted and equal${scale === 'full' ? `, stalled after ${seconds(late)}` : ''}`,
    );
  },
};
