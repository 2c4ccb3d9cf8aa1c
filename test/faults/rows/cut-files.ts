import { mkdirSync, renameSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { InputError } from '../../../protocol/index.ts';
import { createRandom } from '../../../server/analysis/math/random.ts';
import { openScanFile } from '../../../server/formats/formats.ts';
import { CliRun } from '../../support/cli.ts';
import { headerSamples } from '../header-samples.ts';
import { COLUMNS, ROWS, rowsOf } from '../small-scan.ts';
import { type FaultRow, found } from './outcome.ts';
import { isRunning, progressOf } from './recorded.ts';
import { inFolder } from './temporary-folder.ts';
import { EDGES, writeRows } from './undisturbed.ts';

const HEADER_BYTES = 4096;
const PATIENCE_MS = 20_000;

/** R2: files that end early, headers too. */
export const cutFiles: FaultRow = {
  fault: 'file cut anywhere; header cut at each of 4096 bytes',
  wanted: '0 crashes; pixels = whole spectra in the file, always',
  run: (scale, seed) =>
    inFolder(async (root) => {
      const [random, cuts] = [createRandom(seed), scale === 'full' ? 200 : 4];
      const data = join(root, 'data');
      mkdirSync(data);
      const [rows, record] = [rowsOf(seed), rowsOf(seed)[0].length / COLUMNS];
      const monitor = new CliRun(['watch', data, '--port', '0', '--no-record', ...EDGES, '--json']);
      let right = 0;
      try {
        await monitor.event(({ event }) => event === 'serving');
        for (let cut = 0; cut < cuts && isRunning(monitor); cut++) {
          const bytes = record + Math.floor(random() * (ROWS * COLUMNS - 1) * record);
          const epoch = progressOf(monitor).at(-1)?.epoch ?? 0;
          // Written elsewhere and cut before it is seen.
          const stem = join(root, `cut-${cut}`);
          await writeRows(stem, rows);
          truncateSync(`${stem}.raw`, bytes);
          for (const suffix of ['raw', 'rpl'])
            renameSync(`${stem}.${suffix}`, join(data, `cut-${cut}.${suffix}`));
          const whole = Math.floor(bytes / record);
          const isRight = () => {
            const last = progressOf(monitor).at(-1);
            return last !== undefined && last.epoch > epoch && last.spectra === whole;
          };
          const end = performance.now() + PATIENCE_MS;
          while (!isRight() && performance.now() < end && isRunning(monitor)) await wait(20);
          if (isRight()) right++;
        }
      } finally {
        if (isRunning(monitor)) await monitor.stop();
      }
      const { crashed, tried } = await cutHeaders(root, scale === 'full' ? 1 : 16);
      return found(
        right === cuts && crashed === 0,
        `${right} of ${cuts} files right, ${crashed} of ${tried} headers crashed`,
      );
    }),
};

/** The library that reads these is started anew for each: not every byte. */
const SLOW = { formats: /HDF5|zspy/, step: 64 };

/** Opens every kind of file with its header cut at every `step`-th of the first bytes. */
async function cutHeaders(root: string, step: number): Promise<{ crashed: number; tried: number }> {
  const folder = join(root, 'headers');
  mkdirSync(folder);
  let [crashed, tried] = [0, 0];
  for (const sample of await headerSamples(folder)) {
    const every = SLOW.formats.test(sample.format) ? SLOW.step * step : step;
    for (let at = 0; at < Math.min(HEADER_BYTES, sample.header.length); at += every) {
      const path = await sample.write(sample.header.subarray(0, at));
      tried++;
      await openScanFile(path, { scratch: folder }).catch((error) => {
        if (!(error instanceof InputError)) crashed++;
      });
    }
  }
  return { crashed, tried };
}
