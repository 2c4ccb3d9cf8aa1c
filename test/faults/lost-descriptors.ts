import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { createRandom } from '../../server/analysis/math/random.ts';
import { createRippleWriter } from '../../server/formats/text/ripple-writer.ts';
import { CliRun } from '../support/cli.ts';
import { AXIS, CHANNELS, normals, spectrum } from '../support/synthetic-cube.ts';

export interface DescriptorFigures {
  scans: number;
  /** Scans that were shown, the first few included: some are gone before they are seen. */
  shown: number;
  /** Files that are open after the first few scans, and after the last one, with nothing going on. */
  before: number;
  after: number;
  /** More than that: lost. */
  lost: number;
}

/** A few more or less are open at any moment. */
const MARGIN = 8;
/** Scans until everything that is opened once is open. */
const FIRST = 5;

/**
 * Has the built program watch short scans, each of which takes the place of the one before, most of them while that one's threads are still being
 * started; counts what the program keeps open. Linux only.
 */
export async function countDescriptors(scans: number, seed: number): Promise<DescriptorFigures> {
  const random = createRandom(seed);
  const root = mkdtempSync(join(tmpdir(), 'eelwatch-faults-'));
  const data = join(root, 'data');
  mkdirSync(data);
  const monitor = new CliRun(['watch', data, '--port', '0', '--no-record', '--edges', 'Ti-L', '--json']);
  try {
    await monitor.event(({ event }) => event === 'serving');
    let before = 0;
    for (let n = 0; n < FIRST + scans; n++) {
      if (n === FIRST) before = await openFiles(monitor);
      await writeShortScan(join(data, `short-${n}`), seed + n);
      await wait(600 * random());
      // A folder of thousands takes longer to look through.
      for (const name of readdirSync(data)) if (!name.startsWith(`short-${n}.`)) rmSync(join(data, name));
    }
    const after = await openFiles(monitor);
    const shown = Math.max(...monitor.events.map(({ epoch }) => Number(epoch ?? 0)));
    return { scans, shown, before, after, lost: after > before + MARGIN ? after - before : 0 };
  } finally {
    await monitor.stop();
    rmSync(root, { recursive: true, force: true });
  }
}

/** Descriptors that are open once the program has come to rest: the least of some looks. */
async function openFiles({ child }: CliRun): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let look = 0; look < 8; look++) {
    await wait(500);
    least = Math.min(least, readdirSync(`/proc/${child.pid}/fd`).length);
  }
  return least;
}

async function writeShortScan(stem: string, seed: number): Promise<void> {
  const normal = normals(seed);
  const [rows, columns] = [3, 4];
  const samples = new Float32Array(rows * columns * CHANNELS);
  for (let pixel = 0; pixel < rows * columns; pixel++)
    samples.set(spectrum(normal, { jump: 1 }), pixel * CHANNELS);
  const writer = await createRippleWriter(stem, {
    shape: [rows, columns],
    channels: CHANNELS,
    dtype: 'f32',
    energy: AXIS,
  });
  await writer.append(new Uint8Array(samples.buffer));
  await writer.close();
}
