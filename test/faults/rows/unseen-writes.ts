import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { formatRippleHeader } from '../../../server/formats/text/ripple-header.ts';
import { COLUMNS, ROWS, rowsOf } from '../small-scan.ts';
import { cannotRun, type FaultRow, found, seconds } from './outcome.ts';
import { isEqual, progressOf, record } from './recorded.ts';
import { HEADER, writeRows } from './undisturbed.ts';

const ROW_MS = 60;
const LAG_MS = 2000;
const paced = () => wait(ROW_MS);

/** Whether a program is installed. */
const has = (program: string): boolean => {
  try {
    execFileSync('which', [program], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

/** R5: a file system that tells of no changes made elsewhere. */
export const silentShare: FaultRow = {
  fault: 'share without change events',
  wanted: 'first pixel ≤ 2 s after visible; equal',
  async run(_scale, seed) {
    if (!has('bindfs') || !has('fusermount')) return cannotRun('bindfs is missing');
    let began = 0;
    let backing = '';
    const mount: { path?: string | undefined } = {};
    try {
      const { sessions, monitor } = await record(
        async () => {
          began = Date.now();
          await writeRows(join(backing, 'shared'), rowsOf(seed), paced);
        },
        {
          before: ({ data, root }) => {
            backing = join(root, 'backing');
            mkdirSync(backing);
            execFileSync('bindfs', [backing, data], { stdio: 'pipe' });
            mount.path = data;
          },
          after: async () => {
            if (mount.path !== undefined) execFileSync('fusermount', ['-u', mount.path]);
            mount.path = undefined;
          },
        },
      );
      const first = progressOf(monitor).find(({ spectra }) => spectra > 0);
      const lag = (first?.at ?? Infinity) - began;
      const equal = sessions.length === 1 && (await isEqual(sessions[0], seed));
      return found(
        equal && lag <= LAG_MS,
        `${equal ? 'equal' : 'differs'}, first pixel after ${seconds(lag)}`,
      );
    } catch (error) {
      if (mount.path === undefined) return cannotRun(`bindfs: ${(error as Error).message.trim()}`);
      throw error;
    } finally {
      if (mount.path !== undefined) execFileSync('fusermount', ['-u', mount.path]);
    }
  },
};

/** Maps a file of zeros into memory and fills it row by row; says when it begins with each and has ended it (s since 1970). */
const MAPPED_WRITER = `
import mmap, sys, time
path, rows, pause, length = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])
source = sys.stdin.buffer.read()
with open(path, "r+b") as file:
    mapped = mmap.mmap(file.fileno(), 0)
    for row in range(rows):
        print("begins", row, time.time(), flush=True)
        mapped[row * length:(row + 1) * length] = source[row * length:(row + 1) * length]
        mapped.flush()
        print("ended", row, time.time(), flush=True)
        time.sleep(pause)
`;

/** R6: a file of full size that is filled through memory. */
export const mappedWriter: FaultRow = {
  fault: 'file of full size filled through a memory map',
  wanted: 'equal; no pixel before it is written; lag ≤ 2 s',
  async run(_scale, seed) {
    if (!has('python3')) return cannotRun('python3 is missing');
    const rows = rowsOf(seed);
    const [begun, ended]: [number[], number[]] = [[], []];
    const { sessions, monitor } = await record(async ({ data }) => {
      const [raw, bytes] = [join(data, 'mapped.raw'), Buffer.concat(rows)];
      writeFileSync(raw, Buffer.alloc(bytes.length));
      writeFileSync(join(data, 'mapped.rpl'), formatRippleHeader(HEADER));
      const args = ['-c', MAPPED_WRITER, raw, String(ROWS), String(ROW_MS / 1000), String(rows[0].length)];
      const writer = spawn('python3', args, { stdio: ['pipe', 'pipe', 'inherit'] });
      writer.stdin.end(bytes);
      for await (const line of createInterface({ input: writer.stdout })) {
        const [word, row, at] = line.split(' ');
        (word === 'begins' ? begun : ended)[Number(row)] = 1000 * Number(at);
      }
    });
    const said = progressOf(monitor);
    // Of one clock, in steps of 1 ms.
    const early = said.filter(
      ({ at, spectra }) => spectra > COLUMNS * begun.filter((each) => each <= at + 1).length,
    );
    const lags = ended.map((at, row) => {
      const seen = said.find(({ spectra }) => spectra >= COLUMNS * (row + 1));
      return (seen?.at ?? Infinity) - at;
    });
    const lag = Math.max(...lags);
    const equal = sessions.length === 1 && (await isEqual(sessions[0], seed));
    return found(
      equal && early.length === 0 && lag <= LAG_MS,
      `${equal ? 'equal' : 'differs'}, ${early.length} too early, lag ≤ ${seconds(lag)}`,
    );
  },
};
